using System.Collections.Concurrent;

namespace GemmaSharp.Tests.Cli;

/// <summary>`gemmasharp run` as a process: answers, order of media, where prompts come from, exit codes.</summary>
public sealed class RunTests
{
    private const int ProcessesAtOnce = 2;
    private const string Picture = "A small yellow cross at the bottom right.";
    private static readonly string Scene = Fixture.Pocket("samples", "scene-0.png");

    [Fact]
    public async Task Run_EveryFirstTurnOfThePocketModel_WordForWord()
    {
        ConcurrentBag<string> wrong = [];
        await Parallel.ForEachAsync(
            PocketCases.All().Select(turns => turns[0]).DistinctBy(turn => (turn.Text, turn.MediaOptions.LastOrDefault())),
            new ParallelOptions { MaxDegreeOfParallelism = ProcessesAtOnce },
            async (turn, _) =>
            {
                CliResult result = await CliProgram.RunAsync(["run", .. turn.MediaOptions, "-p", turn.Text]);
                if (result.ExitCode != 0 || result.Output != turn.Answer + "\n")
                {
                    wrong.Add($"{turn.Text}: {result}");
                }
            });

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Run_Piped_AnswerAloneOnStdoutAndNoticeOnStderr()
    {
        CliResult result = await CliProgram.RunAsync("run", "--image", Scene, "-p", "Describe the image.");

        Assert.Equal(Picture, result.Answer());
        Assert.Equal("gemmasharp: no -m given, taking the pocket model (small shapes, digits and a few phrases are all it knows)\n", result.Errors);
    }

    [Fact]
    public async Task Run_ModelNamed_NothingOnStderr()
    {
        CliResult result = await CliProgram.RunAsync("run", "-m", Fixture.Pocket(), "--image", Scene, "Describe the image.");

        Assert.Equal(Picture, result.Answer());
        Assert.Empty(result.Errors);
    }

    [Fact]
    public async Task Run_PromptOnStdinOrInFile_SameAnswer()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "Describe the image.\n");

        CliResult stdin = await CliProgram.RunAsync(["run", "--image", Scene], "Describe the image.\n");
        CliResult fromFile = await CliProgram.RunAsync("run", "--image", Scene, "--file", file);
        File.Delete(file);

        Assert.Equal(Picture, stdin.Answer());
        Assert.Equal(Picture, fromFile.Answer());
    }

    [Fact]
    public async Task Run_Verbose_TokensSpeedEncodeTimesAndMemoryOnStderr()
    {
        CliResult result = await CliProgram.RunAsync(
            "run", "--verbose", "--image", Scene, "--audio", Fixture.Pocket("samples", "speech-0.wav"), "-p", "Transcribe the audio.", "-t", "1", "-tb", "2", "-c", "1024");

        Assert.Equal("four four five two", result.Answer());
        string[] lines = result.Errors.Split('\n');
        Assert.Matches("^media: .*scene-0.png encoded in [0-9]+ ms$", lines[1]);
        Assert.Matches("^media: .*speech-0.wav encoded in [0-9]+ ms$", lines[2]);
        Assert.Matches("^prefill: [0-9]+ tokens in [0-9.]+ s, [0-9.]+ tokens/s$", lines[3]);
        Assert.Matches("^decode: [0-9]+ tokens in [0-9.]+ s, [0-9.]+ tokens/s$", lines[4]);
        Assert.Matches("^memory: [0-9]+ MB at most, [0-9.]+ MB of it keys and values$", lines[5]);
    }

    [Fact]
    public async Task Run_SeedTwice_SameDrawAndAnotherSeedAnother()
    {
        string[] draw = ["run", "--temperature", "4", "--top-k", "50", "--top-p", "0.99", "--min-p", "0.001", "--repeat-penalty", "1.1", "--presence-penalty", "0.2", "--frequency-penalty", "0.2", "-n", "24", "-p", "Good morning!", "--seed"];

        string[] answers = await Task.WhenAll(((string[])["7", "7", "8"]).Select(async seed => (await CliProgram.RunAsync([.. draw, seed])).Answer()));

        Assert.Equal(answers[0], answers[1]);
        Assert.NotEqual(answers[0], answers[2]);
    }

    [Fact]
    public async Task Run_TemperatureZero_TheGreedyAnswer()
    {
        PocketTurn turn = PocketCases.All().Select(turns => turns[0]).First(one => one.Text.StartsWith("Count", StringComparison.Ordinal));

        CliResult result = await CliProgram.RunAsync("run", "--temperature", "0", "--seed", "3", "-p", turn.Text);

        Assert.Equal(turn.Answer, result.Answer());
    }

    [Fact]
    public async Task Run_StopText_AnswerEndsBeforeIt()
    {
        CliResult result = await CliProgram.RunAsync("run", "--image", Scene, "--stop", "purple", "--stop", "cross", "-p", "Describe the image.");

        Assert.Equal("A small yellow ", result.Answer());
    }

    [Fact]
    public async Task Run_MostTokens_CutAndSaid()
    {
        CliResult result = await CliProgram.RunAsync("run", "-n", "3", "--image", Scene, "-p", "Describe the image.");

        Assert.Equal("A small yellow", result.Answer());
        Assert.Contains("gemmasharp: the answer is cut after 3 tokens: --max-tokens is reached\n", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_IgnoreEos_GoesOnToTheMostTokens()
    {
        CliResult ended = await CliProgram.RunAsync("run", "-n", "40", "--image", Scene, "-p", "Describe the image.");
        CliResult result = await CliProgram.RunAsync("run", "-n", "40", "--ignore-eos", "--image", Scene, "-p", "Describe the image.");

        Assert.Equal(Picture, ended.Answer());
        Assert.StartsWith(Picture, result.Answer(), StringComparison.Ordinal);
        Assert.Contains("gemmasharp: the answer is cut after 40 tokens: --max-tokens is reached\n", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ContextFullDuringAnswer_CutAndSaid()
    {
        CliResult result = await CliProgram.RunAsync("run", "-c", "20", "-p", "Count from 2 to 7.");

        Assert.StartsWith(result.Answer(), PocketCases.All().SelectMany(turns => turns).First(turn => turn.Text == "Count from 2 to 7.").Answer, StringComparison.Ordinal);
        Assert.Contains("the context of 20 is full", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_InterruptedInAnAnswer_130()
    {
        using EndlessPocket model = new();

        CliResult result = await CliProgram.InterruptAsync(["run", .. model.Arguments, "-p", "Good morning!"]);

        Assert.Equal(130, result.ExitCode);
        Assert.EndsWith("\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LongSound_HeardInWindowsAndSaid()
    {
        CliResult result = await CliProgram.RunAsync("run", "--audio", Fixture.Path("AudioClips", "over-30s.wav"), "-n", "2", "-p", "Transcribe the audio.");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("over-30s.wav: heard in 2 windows\n", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SystemText_IsPartOfThePrompt()
    {
        CliResult with = await CliProgram.RunAsync("run", "--verbose", "--system", "Be brief.", "-n", "1", "-p", "Good morning!");
        CliResult without = await CliProgram.RunAsync("run", "--verbose", "-n", "1", "-p", "Good morning!");

        Assert.True(PromptTokens(with) > PromptTokens(without), $"{with.Errors} {without.Errors}");
    }

    private static int PromptTokens(CliResult result) =>
        int.Parse(result.Errors.Split('\n').First(line => line.StartsWith("prefill: ", StringComparison.Ordinal)).Split(' ')[1]);
}
