using System.Diagnostics;
using System.Text.Json;

namespace GemmaSharp.Tests.Cli;

/// <summary>Commands run as a user runs them: what they print, where, and how they end.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task Run_FirstCommandOfTheReadme_TheAnswerAloneOnStdout()
    {
        const string launcher = "    ./gemmasharp ";
        string line = File.ReadLines(Path.Combine(Fixture.Repository, "README.md")).First(line => line.StartsWith(launcher, StringComparison.Ordinal));
        string[] quoted = line[launcher.Length..].Split('"');

        Outcome run = await RunAsync([.. quoted[0].Split(' ', StringSplitOptions.RemoveEmptyEntries), quoted[1]]);

        Assert.Equal((0, "three two six\n"), (run.ExitCode, run.Output));
        Assert.Contains("pocket model", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_Json_IsJsonAlone()
    {
        Outcome run = await RunAsync(["inspect", Fixture.Pocket(), "--json"]);

        using JsonDocument facts = JsonDocument.Parse(run.Output);
        Assert.Equal(399, facts.RootElement.GetProperty("tensors").GetArrayLength());
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
    }

    [Fact]
    public async Task Inspect_Piped_PlainColumns()
    {
        Outcome run = await RunAsync(["inspect", Fixture.Path("Safetensors", "good.safetensors")]);

        Assert.Contains("# tensors\nname  type  shape   bytes\na     F32   [2, 2]  16\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenize_ThenDetokenize_GivesTheTextsBack()
    {
        const string texts = "\"Good morning!\"\n\"zwei\\nlines\"\n";

        Outcome ids = await RunAsync(["tokenize"], texts);
        Outcome back = await RunAsync(["detokenize"], ids.Output);

        Assert.StartsWith("[", ids.Output, StringComparison.Ordinal);
        Assert.Equal(texts, back.Output);
    }

    [Fact]
    public async Task Convert_ThenVerify_SoundUntilAByteIsDamaged()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, file = Path.Combine(folder, "out.gguf");
        Outcome made = await RunAsync(["convert", Fixture.Path("Gguf", "conv-hf"), "-o", file, "--outtype", "f32"]);
        Outcome sound = await RunAsync(["verify", file]);
        using (FileStream stream = File.OpenWrite(file))
        {
            stream.Position = stream.Length - 40;
            stream.Write([0, 0, 0xC0, 0x7F]);
        }

        Outcome damaged = await RunAsync(["verify", file, "--json"]);
        Directory.Delete(folder, recursive: true);

        Assert.Equal((0, ""), (made.ExitCode, made.Output));
        Assert.Equal((0, $"{file}: 55 tensors, 1203200 bytes: sound\n"), (sound.ExitCode, sound.Output));
        Assert.Equal((1, ""), (damaged.ExitCode, damaged.Errors));
        Assert.Equal(
            "per_layer_proj_norm.weight: 1 values are not finite, the first is 246",
            JsonDocument.Parse(damaged.Output).RootElement.GetProperty("findings")[0].GetString());
    }

    [Theory]
    [InlineData("convert", "no/such/folder", "-o", "x.gguf")]
    [InlineData("inspect", "no/such/file")]
    [InlineData("run", "-m", "no/such/folder", "-p", "x")]
    [InlineData("run", "--image", "no-such.png", "-p", "x")]
    [InlineData("nonsense")]
    public async Task AnyCommand_BadInput_OneLineAndExitCodeOne(params string[] arguments)
    {
        Outcome run = await RunAsync(arguments);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.Single(run.Errors.TrimEnd('\n').Split('\n'), line => !line.Contains("taking the pocket model", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    private static async Task<Outcome> RunAsync(string[] arguments, string input = "")
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "GemmaSharp.Cli.dll"), .. arguments])
        {
            WorkingDirectory = Fixture.Repository, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, (await output).ReplaceLineEndings("\n"), (await errors).ReplaceLineEndings("\n"));
    }

    private sealed record Outcome(int ExitCode, string Output, string Errors);
}
