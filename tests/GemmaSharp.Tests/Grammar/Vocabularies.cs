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
    public static TokenTrie Small { get; } = new([null, null, .. Bytes(), .. Words.Concat(Pairs()).Select(Encoding.UTF8.GetBytes), "abc"u8.ToArray(), null], [End]);

    // Enough that whole branches are taken at once.
    private static IEnumerable<string> Pairs() => from one in "abe 1é\"" from two in "abe 1é\"" from three in "abcx é\"" select $"{one}{two}{three}";

    public static IEnumerable<byte[]> Bytes() => Enumerable.Range(0, 256).Select(value => new[] { (byte)value });
}
