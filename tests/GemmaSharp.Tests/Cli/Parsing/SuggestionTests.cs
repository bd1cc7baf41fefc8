using GemmaSharp.Cli.Parsing;

namespace GemmaSharp.Tests.Cli.Parsing;

/// <summary>Words that were meant.</summary>
public sealed class SuggestionTests
{
    private static readonly string[] Words = ["--image", "--temperature", "--top-k", "--top-p", "-n"];

    [Theory]
    [InlineData("--imgae", "--image")]
    [InlineData("--temprature", "--temperature")]
    [InlineData("--topk", "--top-k")]
    [InlineData("--video", null)]
    [InlineData("-x", null)]
    public void Nearest_MistypedWord_TheOneMeant(string typed, string? expected) => Assert.Equal(expected, Suggestion.Nearest(typed, Words));
}
