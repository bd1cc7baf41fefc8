namespace GemmaSharp.Tests.Cli;

/// <summary>run with drafts: the same answer, and figures of what they gave.</summary>
public sealed class DraftOptionTests
{
    [Theory]
    [InlineData("--draft", "ngram")]
    [InlineData("--draft-slice", "Config for half width")]
    public async Task Run_Drafts_SameAnswerAndFigures(string option, string value)
    {
        string[] plain = ["run", "--verbose", "--ignore-eos", "-n", "80", "-p", "Count from 2 to 7."];

        CliResult without = await CliProgram.RunAsync(plain), with = await CliProgram.RunAsync([.. plain, option, value, "--draft-tokens", "4"]);

        Assert.Equal(without.Output, with.Output);
        Assert.Contains("drafted tokens came true", with.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("drafted", without.Errors, StringComparison.Ordinal);
    }
}
