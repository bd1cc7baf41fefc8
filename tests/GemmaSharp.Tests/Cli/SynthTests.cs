namespace GemmaSharp.Tests.Cli;

/// <summary>Made-up models from the command line.</summary>
public sealed class SynthTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gemmasharp-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Synth_Tiny_FileThatAnswers()
    {
        string file = Path.Combine(_folder, "tiny.gguf");

        CliResult made = await CliProgram.RunAsync("synth", "--preset", "tiny", "--type", "q4_k_m", "-o", file);
        CliResult answered = await CliProgram.RunAsync("run", "-m", file, "-p", "hello", "-n", "2", "--temperature", "0");

        Assert.Equal((0, ""), (made.ExitCode, made.Output));
        Assert.NotEmpty(answered.Answer());
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("--preset: 'e3b' found, one of e2b", "e3b", "q4_0")]
    [InlineData("the type is 'q9', one of F32", "e2b", "q9")]
    public async Task Synth_UnknownPresetOrType_OneLineAndNoFile(string expected, string preset, string type)
    {
        CliResult result = await CliProgram.RunAsync("synth", "--preset", preset, "--type", type, "-o", Path.Combine(_folder, "out.gguf"));

        Assert.Contains(expected, result.Refusal(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }
}
