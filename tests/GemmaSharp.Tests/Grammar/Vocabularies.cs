using System.Text;
using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Tests.Grammar;

/// <summary>Small and large vocabularies: every byte, and pieces of text that cross the borders of JSON's parts.</summary>
internal static class Vocabularies
{
    public const int End = 0;
    private static readonly string[] Words =
    [
        "\"", "\",", "\":", "\": ", "{\"", "\"}", "},", "}]", "[[", "]]", "[{", "\n", "\n  ", "\n    ", ", ", ",\n", ": ", "tr", "true", "false", "null", "abc", "a\"", "b\",\"", "12", "0.", "-1", "e+", "\\",
        "\\u", "\\n", "\\\"", "d8", "00", "é", "日本", "😀", "x\": \"", "name", "value", "  ", "   ", "}}", "\"]", "1,2", "[1", "{}", "[]", "{\"a\":", "-", "T", "Z", "2024", "@", ".", "aa", "aaaa", "ab", "ba", "bb", "a,b",
    ];

    /// <summary>A control token, an end, every byte, and some words of which some occur twice.</summary>
    public static TokenTrie Small { get; } = new([null, "<x>"u8.ToArray(), .. Bytes(), .. Words.Select(Encoding.UTF8.GetBytes), "abc"u8.ToArray(), null], [End]);

    public static IEnumerable<byte[]> Bytes() => Enumerable.Range(0, 256).Select(value => new[] { (byte)value });

    /// <summary>As many pieces as wanted of lengths like a real vocabulary's.</summary>
    public static TokenTrie Large(int count)
    {
        Random random = new(1);
        string letters = "etaoinshrdlucmfwypvbgkjqxz";
        HashSet<string> pieces = [.. Words];
        while (pieces.Count < count - 257)
        {
            StringBuilder piece = new(random.Next(2) == 0 ? " " : "");
            for (int length = 1 + random.Next(4) + random.Next(8); length > 0; length--)
            {
                int kind = random.Next(60);
                piece.Append(kind == 0 ? ",.:;()[]{}\"'\\/-_<>=+*"[random.Next(21)] : kind < 8 ? (char)('\u00C0' + random.Next(8000)) : letters[random.Next(random.Next(26) + 1)]);
            }

            pieces.Add(piece.ToString());
        }

        return new TokenTrie([null, .. Bytes(), .. pieces.Select(Encoding.UTF8.GetBytes)], [End]);
    }
}
