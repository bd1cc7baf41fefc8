using System.Text.Json;

namespace GemmaSharp.Tests.Cli;

/// <summary>Quantising and judging from the command line, one command after the other.</summary>
public sealed class QuantizeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gemmasharp-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ImatrixQuantizePerplexity_InTurn_FilesAndFigures()
    {
        string text = Path.Combine(_folder, "text.txt"), importance = Path.Combine(_folder, "imatrix.gguf"), model = Path.Combine(_folder, "model.gguf");
        await File.WriteAllTextAsync(text, string.Concat(Enumerable.Repeat("Good morning! There is one small yellow cross.\n", 20)));

        CliResult collected = await CliProgram.RunAsync("imatrix", text, "-m", Fixture.Pocket(), "-o", importance, "--ctx", "64");
        CliResult quantised = await CliProgram.RunAsync("quantize", Fixture.Pocket(), "q4_k_m", "-o", model, "--imatrix", importance);
        CliResult scored = await CliProgram.RunAsync("perplexity", model, text, "--ctx", "64", "--kl-base", Fixture.Pocket(), "--json");

        Assert.Equal((0, ""), (collected.ExitCode, collected.Output));
        Assert.Equal((0, ""), (quantised.ExitCode, quantised.Output));
        using JsonDocument facts = JsonDocument.Parse(scored.Answer());
        Assert.InRange(facts.RootElement.GetProperty("KL divergence").GetDouble(), 1e-6, 1);
        Assert.Equal(["imatrix.gguf", "model.gguf", "text.txt"], Directory.EnumerateFiles(_folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Quantize_Uqff_FolderThatAnswers()
    {
        string folder = Path.Combine(_folder, "uqff");

        CliResult quantised = await CliProgram.RunAsync("quantize", Fixture.Pocket(), "q8_0", "-o", folder, "--uqff");
        CliResult answered = await CliProgram.RunAsync("run", "-m", Path.Combine(folder, "q8_0-0.uqff"), "--image", Fixture.Pocket("samples", "scene-0.png"), "-p", "Describe the image.");

        Assert.Equal((0, ""), (quantised.ExitCode, quantised.Output));
        Assert.Contains("config.json", Directory.EnumerateFiles(folder).Select(Path.GetFileName));
        Assert.Equal("A small yellow cross at the bottom right.", answered.Answer().Trim());
    }

    [Fact]
    public async Task Quantize_DryRun_ListsTypesAndWritesNothing()
    {
        File.Copy(Fixture.Path("Gguf", "conv-bf16.gguf"), Path.Combine(_folder, "model.gguf"));

        CliResult listed = await CliProgram.RunAsync("quantize", Path.Combine(_folder, "model.gguf"), "q8_0", "--dry-run");

        Assert.Matches("blk.0.ffn_down.weight +\\[[0-9, ]+\\] +BF16 +Q8_0", listed.Answer());
        Assert.Single(Directory.EnumerateFiles(_folder));
    }

    [Theory]
    [InlineData("mistral.rs's afq4 is not made here", "run", "--isq", "afq4", "-p", "x", "-m", "models/pocket")]
    [InlineData("no/such/file", "quantize", "no/such/file", "Q4_0")]
    [InlineData("the type is 'Q9', one of F32", "quantize", "models/pocket", "Q9")]
    [InlineData("'attn_v': PATTERN=TYPE expected", "quantize", "models/pocket", "Q4_0", "--tensor-type", "attn_v")]
    [InlineData("no-such.txt", "perplexity", "models/pocket", "no-such.txt")]
    [InlineData("no-such.txt", "imatrix", "no-such.txt", "-m", "models/pocket")]
    public async Task Run_BadArguments_OneLine(string expected, params string[] arguments)
    {
        CliResult result = await CliProgram.RunAsync([.. arguments.Select(word => word == "models/pocket" ? Fixture.Pocket() : word)]);

        Assert.Contains(expected, result.Refusal(), StringComparison.Ordinal);
    }
}
