using GemmaSharp.Cli.Chatting;

namespace GemmaSharp.Tests.Cli.Chatting;

/// <summary>Where text ends on a terminal of ten columns.</summary>
public sealed class LineLayoutTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("> abc", 0, 5)]
    [InlineData("0123456789", 1, 0)]
    [InlineData("01234567890", 1, 1)]
    [InlineData("01234567\u65e5", 1, 0)]
    [InlineData("012345678\u65e5", 1, 2)]
    [InlineData("e\u0301", 0, 1)]
    public void End_Text_RowAndColumn(string text, int row, int column) => Assert.Equal((row, column), LineLayout.End(text, width: 10));
}
