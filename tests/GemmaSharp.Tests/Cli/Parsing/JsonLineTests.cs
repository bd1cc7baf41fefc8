using System.Text.Json;
using CsCheck;
using GemmaSharp.Cli.Parsing;

namespace GemmaSharp.Tests.Cli.Parsing;

/// <summary>Strings as Python's json writes them.</summary>
public sealed class JsonLineTests
{
    [Theory]
    [InlineData("a\"b\\c/<'&>", "\"a\\\"b\\\\c/<'&>\"")]
    [InlineData("\n\r\t\b\f\u0001\u007f", "\"\\n\\r\\t\\b\\f\\u0001\\u007f\"")]
    [InlineData("\u00e9\u65e5\U0001F600", "\"\\u00e9\\u65e5\\ud83d\\ude00\"")]
    public void Quote_Text_AsPython(string text, string expected) => Assert.Equal(expected, JsonLine.Quote(text));

    [Fact]
    public void Quote_AnyText_ReadsBack() =>
        Gen.String.Where(text => !text.Any(char.IsSurrogate)).Sample(text => Assert.Equal(text, JsonSerializer.Deserialize<string>(JsonLine.Quote(text))), seed: "0N0XIzNsQ0O2");
}
