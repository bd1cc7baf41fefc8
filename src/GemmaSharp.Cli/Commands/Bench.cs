using System.CommandLine;
using System.Text.Json.Nodes;
using GemmaSharp.Benchmarking;
using GemmaSharp.Cli.Parsing;
using Spectre.Console;

namespace GemmaSharp.Cli.Commands;

/// <summary>Measures a model: prompts, answers, encoders, start and memory.</summary>
internal sealed class Bench
{
    private const int MostTokens = 1 << 20;
    private const int MostRounds = 1000;
    private const int MostParallel = 256;
    private readonly ModelArguments _model = new(manyThreads: true);
    private readonly Option<int[]> _prompts = NumberListOption.Create("--n-prompt", "-p", 0, MostTokens, [128, 512], "lengths of prompts; 0 for none");
    private readonly Option<int[]> _answers = NumberListOption.Create("--n-gen", "-n", 0, MostTokens, [64], $"lengths of answers, each after a prompt of {BenchmarkPlan.AnswerPrompt}; 0 for none");
    private readonly Option<int[]> _depths = NumberListOption.Create("--n-depth", "-d", 0, MostTokens, [0], "tokens in the cache before all that");
    private readonly Option<int[]> _parallel = NumberListOption.Create("--parallel", "-np", 1, MostParallel, [1], "answers at the same time, a token of each in every pass: tg64@8 is the rate of 8 together");
    private readonly Option<int?> _rounds = NumberOption.Create("--repetitions", ["-r"], 1, MostRounds, "rounds that count, after one to warm up; 5 when left out");
    private readonly Option<string[]> _slices = new("--request-slice") { HelpName = "NAME", Description = "measure this slice inside the loaded model too, as a request asks for it; may be repeated" };
    private readonly Option<bool> _image = new("--image") { Description = "encode a picture" };
    private readonly Option<bool> _audio = new("--audio") { Description = "encode a clip of the longest length" };
    private readonly Option<bool> _json = new("--json") { Description = "print JSON: one array of rows" };
    private readonly Option<bool> _csv = new("--csv") { Description = "print comma-separated values" };
    private readonly Option<bool> _markdown = new("--md") { Description = "print a Markdown table" };

    public static Command Create()
    {
        Bench bench = new();
        Command command = new("bench", "Measures a model: prompts (pp) and greedy answers (tg) of random tokens, encoders, load to first token, memory.");
        foreach (Option option in (Option[])[bench._prompts, bench._answers, bench._depths, bench._parallel, bench._rounds, bench._slices, bench._image, bench._audio, bench._json, bench._csv, bench._markdown])
        {
            command.Options.Add(option);
        }

        bench._model.AddTo(command);
        command.SetAction((parsed, cancel) => Failure.GuardAsync(() => bench.RunAsync(parsed, cancel)));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        Option<bool>[] formats = [.. ((Option<bool>[])[_json, _csv, _markdown]).Where(parsed.GetValue)];
        if (formats.Length > 1)
        {
            throw new ArgumentException($"{formats[0].Name} and {formats[1].Name} both name a format, one expected");
        }

        BenchmarkPlan plan = new()
        {
            Prompts = Wanted(parsed.GetValue(_prompts)),
            Answers = Wanted(parsed.GetValue(_answers)),
            Depths = parsed.GetValue(_depths) ?? [],
            Parallel = parsed.GetValue(_parallel) ?? [1],
            Threads = _model.Threads(parsed),
            Rounds = parsed.GetValue(_rounds) ?? 5,
            Slices = parsed.GetValue(_slices) ?? [],
            Image = parsed.GetValue(_image),
            Audio = parsed.GetValue(_audio),
        };
        ModelChoice model = await _model.ChooseAsync(parsed).ConfigureAwait(false);
        Screen screen = new(Console.Error);
        Task<JsonArray> measuring = Task.Run(() => Benchmark.Run(plan, Load, cancel), CancellationToken.None);
        JsonArray rows = await screen.WaitAsync($"measuring {model.Path}", measuring).ConfigureAwait(false);
        model.Say(screen);
        Print(rows, formats.FirstOrDefault());
        return 0;

        GemmaEngine Load(int threads)
        {
            GemmaEngine engine = GemmaEngine.Load(model.Path, _model.ReadOptions(model, parsed) with { Threads = threads });
            ModelArguments.Say(engine, screen);
            return engine;
        }
    }

    private void Print(JsonArray rows, Option<bool>? format)
    {
        if (format is null)
        {
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) }).Write(BenchReport.Table(rows));
        }
        else
        {
            Console.Out.WriteLine(format == _json ? BenchReport.Json(rows) : format == _csv ? BenchReport.Csv(rows) : BenchReport.Markdown(rows));
        }
    }

    private static int[] Wanted(int[]? counts) => [.. (counts ?? []).Where(count => count > 0)];
}
