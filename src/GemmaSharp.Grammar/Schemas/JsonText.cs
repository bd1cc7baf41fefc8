using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>JSON values written in one way: without spaces, only what must be escaped escaped, numbers as the schema writes them.</summary>
internal static class JsonText
{
    /// <summary>What stands behind the backslash for a character that has a short escape; 0 for others.</summary>
    public static char ShortEscape(int value) => value switch
    {
        '"' => '"',
        '\\' => '\\',
        '\b' => 'b',
        '\f' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        _ => '\0',
    };

    public static string Quote(string text)
    {
        StringBuilder json = new("\"", text.Length + 2);
        foreach (char one in text)
        {
            _ = ShortEscape(one) is char letter and not '\0' ? json.Append('\\').Append(letter)
                : one < ' ' ? json.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}")
                : json.Append(one);
        }

        return json.Append('"').ToString();
    }

    public static string Write(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Select(one => $"{Quote(one.Name)}:{Write(one.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Write))}]",
        JsonValueKind.String => Quote(value.GetString() ?? ""),
        _ => value.GetRawText(),
    };
}
