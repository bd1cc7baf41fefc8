namespace GemmaSharp.Tests.Cli;

/// <summary>`run` with slices: of the pocket model and of GGUF files of it, by the table beside a model or one that is named.</summary>
public sealed class SliceTests(PocketGguf pocket) : IClassFixture<PocketGguf>
{
    private const string Question = "Count from 6 to 11.";

    [Theory]
    [InlineData("Main model")]
    [InlineData("Config for half width")]
    [InlineData("Config for small model")]
    [InlineData("Config for mixed width")]
    public async Task Run_Slice_ItsOwnAnswerFromFolderAndGguf(string slice)
    {
        CliResult folder = await CliProgram.RunAsync("run", "-m", Fixture.Pocket(), "--slice", slice, "-p", Question);
        CliResult gguf = await CliProgram.RunAsync(
            "run", "-m", pocket.Plain, "--matformer-config-path", Fixture.Pocket("slices.csv"), "--matformer-slice-name", slice, "--mmap", "-p", Question);

        Assert.Equal(PocketCases.Answer(Question, slice), folder.Answer());
        Assert.Equal(PocketCases.Answer(Question, slice), gguf.Answer());
    }

    [Fact]
    public async Task Run_SliceOfAQuantisedGguf_ItsOwnAnswer()
    {
        const string slice = "Config for half width";

        CliResult result = await CliProgram.RunAsync("run", "-m", pocket.Quantised, "--matformer-config-path", Fixture.Pocket("slices.csv"), "--slice", slice, "-p", Question);

        Assert.Equal(PocketCases.Answer(Question, slice), result.Answer());
    }

    [Fact]
    public async Task Run_SliceThatIsNotThere_NamesTheNearest() => Assert.Contains(
        "lists no slice 'Config for half widht'; nearest is 'Config for half width'",
        (await CliProgram.RunAsync("run", "--slice", "Config for half widht", "-p", Question)).Refusal(), StringComparison.Ordinal);

    [Fact]
    public async Task Run_TableWithoutSlice_SaysWhatIsMissing() => Assert.Contains(
        "the name of a slice is expected", (await CliProgram.RunAsync("run", "--matformer-config-path", Fixture.Pocket("slices.csv"), "-p", Question)).Refusal(), StringComparison.Ordinal);

    [Fact]
    public async Task Run_GgufWithoutTable_SaysSo() => Assert.Contains(
        "has no table of slices beside it", (await CliProgram.RunAsync("run", "-m", pocket.Plain, "--slice", "Main model", "-p", Question)).Refusal(), StringComparison.Ordinal);
}
