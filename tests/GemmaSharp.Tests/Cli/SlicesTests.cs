using System.Text.Json;
using GemmaSharp.Loading;
using GemmaSharp.Synthesis;

namespace GemmaSharp.Tests.Cli;

/// <summary>`slices`, `slice`, and the options that choose a slice, as a user runs them.</summary>
public sealed class SlicesTests : IDisposable
{
    private const string Question = "Count from 6 to 11.";
    private readonly string _folder = Directory.CreateTempSubdirectory("slices").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Slices_Json_ATableThatRunTakes()
    {
        string table = Path.Combine(_folder, "table.json");
        await File.WriteAllTextAsync(table, (await CliProgram.RunAsync("slices", Fixture.Pocket(), "--json")).Answer());

        CliResult result = await CliProgram.RunAsync("run", "-m", Fixture.Pocket(), "--matformer-config-path", table, "--slice", "Config for half width", "-p", Question);

        Assert.Equal(PocketCases.Answer(Question, "Config for half width"), result.Answer());
    }

    [Fact]
    public async Task Slices_PocketModel_ASheetOfAllSlices()
    {
        string sheet = (await CliProgram.RunAsync("slices")).Answer();

        Assert.Contains("Config for small model", sheet, StringComparison.Ordinal);
        Assert.Contains("layers_that_may_be_skipped", sheet, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SliceInWords_AnswerOfTheSameSliceByName() => Assert.Equal(
        PocketCases.Answer(Question, "Config for mixed width"),
        (await CliProgram.RunAsync("run", "-m", Fixture.Pocket(), "--slice", "ffn=256x3,512x3,256x2,512x2", "-p", Question)).Answer());

    [Fact]
    public async Task Run_EffectiveParameters_SaysWhatItTookAndAnswersAsThat()
    {
        CliResult result = await CliProgram.RunAsync("run", "-m", Fixture.Pocket(), "--effective-params", "1.7M", "-p", Question);

        Assert.Contains("taking the slice 'Config for half width', whose effective parameters are 1,671,728", result.Errors, StringComparison.Ordinal);
        Assert.Equal(PocketCases.Answer(Question, "Config for half width"), result.Answer());
    }

    [Fact]
    public async Task Inspect_Slice_ConfigOfTheSlice()
    {
        using JsonDocument facts = JsonDocument.Parse((await CliProgram.RunAsync("inspect", Fixture.Pocket(), "--slice", "skip=6-7", "--json")).Answer());

        Assert.Equal(8, facts.RootElement.GetProperty("text").GetProperty("num_hidden_layers").GetInt32());
    }

    [Theory]
    [InlineData("slice.gguf")]
    [InlineData("slice")]
    [InlineData("slice-uqff", "--uqff")]
    public async Task Slice_ThenRun_AnswerOfTheSlice(string name, params string[] more)
    {
        string output = Path.Combine(_folder, name);
        CliResult saved = await CliProgram.RunAsync(["slice", Fixture.Pocket(), "--slice", "Config for small model", "-o", output, .. more]);
        CliResult result = await CliProgram.RunAsync("run", "-m", output, "-p", Question);

        Assert.True(saved.ExitCode == 0, saved.Errors);
        Assert.Contains("8 layers, the slice 'Config for small model'", saved.Errors, StringComparison.Ordinal);
        Assert.Equal(name.EndsWith(".gguf", StringComparison.Ordinal), saved.Errors.Contains("llama.cpp cannot run it: its first 20 layers", StringComparison.Ordinal));
        Assert.Equal(PocketCases.Answer(Question, "Config for small model"), result.Answer());
    }

    [Theory]
    [InlineData("width 513 at place 0", "run", "--slice", "ffn=513")]
    [InlineData("skips layer 5, whose keys and values layer 6 reads", "run", "--slice", "skip=5")]
    [InlineData("lists 3 widths, 10 expected", "run", "--slice", "ffn=256x3")]
    [InlineData("is no part of a slice", "logits", "-o", "x.safetensors", "--ids", "2", "--slice", "fnn=256")]
    [InlineData("nearest is 'Config for half width'", "slices", "--slice", "Config for half wdth")]
    [InlineData("nearest is 'Config for half width'", "bench", "-p", "8", "--slice", "Config for half wdth")]
    [InlineData("both choose a slice", "run", "--slice", "ffn=256", "--effective-params", "2M")]
    [InlineData("exclude one another", "run", "--memory", "1GB", "--mmap")]
    [InlineData("does not fit into 20 MB of memory", "run", "--memory", "20MB")]
    [InlineData("no slice has at most 1000 effective parameters: the smallest, 'Config for small model', has 1357072", "run", "--effective-params", "1K")]
    [InlineData("--memory: '3XB' found", "run", "--memory", "3XB")]
    [InlineData("--effective-params: '-2B' found", "run", "--effective-params=-2B")]
    [InlineData("the name of a slice is expected too", "inspect", "POCKET", "--matformer-config-path", "slices.csv")]
    [InlineData("which slice to save is not said", "slice", "POCKET", "-o", "x.gguf")]
    [InlineData("--uqff writes a folder", "slice", "POCKET", "-o", "x.gguf", "--uqff", "--slice", "ffn=256")]
    public async Task Bad_Option_OneLineThatSaysWhy(string reason, params string[] arguments)
    {
        string[] words = [.. arguments.Select(word => word == "POCKET" ? Fixture.Pocket() : word.StartsWith("x.", StringComparison.Ordinal) ? Path.Combine(_folder, word) : word)];
        string[] all = words[0] == "run" ? [.. words, "-p", Question] : words;

        Assert.Contains(reason, (await CliProgram.RunAsync(all)).Refusal(), StringComparison.Ordinal);
    }

    // The least limit with which the slice is taken, so that nothing but the estimate stands between the peak and it.
    [Theory]
    [InlineData("whole")]
    [InlineData("narrow")]
    public async Task Bench_MemoryLimit_PeakOfTheProcessStaysBelow(string slice)
    {
        string model = await MakeTwoSlicesAsync();
        long limit = LeastLimit(model, slice, context: 4096);

        CliResult result = await CliProgram.RunAsync("bench", "-m", model, "--memory", $"{limit}MB", "-p", "512", "-n", "8", "-d", "3000", "-r", "1", "--json");

        using JsonDocument rows = JsonDocument.Parse(result.Answer());
        Assert.InRange(rows.RootElement.EnumerateArray().Last().GetProperty("peak_rss_bytes").GetInt64(), 1, limit * 1_000_000);
        Assert.Contains($"within {limit} MB of memory: {(slice == "whole" ? "the whole model" : "the slice 'narrow'")}, a context of 4", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_LessThanTheSmallestChoiceNeeds_Refused()
    {
        string model = await MakeTwoSlicesAsync();
        long limit = LeastLimit(model, "narrow", context: 256) - 1;

        string reason = (await CliProgram.RunAsync("bench", "-m", model, "--memory", $"{limit}MB", "-p", "8", "-n", "0")).Refusal();

        Assert.Contains($"does not fit into {limit} MB of memory: the slice 'narrow' with a context of 256 tokens cached as Q8_0 needs ", reason, StringComparison.Ordinal);
    }

    private async Task<string> MakeTwoSlicesAsync()
    {
        string model = Path.Combine(_folder, "tiny.gguf");
        SyntheticModel.Plan("tiny", "F32", seed: 1).Write(model, null, default);
        string Widths(int width) => string.Join(',', Enumerable.Repeat(width, 25));
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "slices.json"), $$"""[{"name": "whole", "intermediate_size": [{{Widths(512)}}]}, {"name": "narrow", "intermediate_size": [{{Widths(256)}}]}]""");
        return model;
    }

    // In millions of bytes: the first limit into which a slice fits with so long a context.
    private static long LeastLimit(string model, string slice, int context)
    {
        using ModelFiles files = ModelFiles.Open(model, projector: null);
        long low = 1, high = 1000;
        while (low < high)
        {
            long middle = (low + high) / 2;
            (low, high) = Fits(new EngineOptions { MemoryLimit = middle * 1_000_000, Slice = slice, ContextLength = context }) ? (low, middle) : (middle + 1, high);
        }

        return low;

        bool Fits(EngineOptions options)
        {
            try
            {
                _ = LoadPlan.Make(model, files, options);
                return true;
            }
            catch (InsufficientMemoryException)
            {
                return false;
            }
        }
    }
}
