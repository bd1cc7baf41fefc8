using System.Globalization;
using System.Text;

namespace GemmaSharp.Cli.Parsing;

/// <summary>A text as a JSON string in ASCII, as Python's json.dumps writes it.</summary>
internal static class JsonLine
{
    public static string Quote(string text)
    {
        StringBuilder json = new("\"", text.Length + 2);
        foreach (char one in text)
        {
            _ = one switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                < ' ' or > '~' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}"),
                _ => json.Append(one),
            };
        }

        return json.Append('"').ToString();
    }
}
