using System.CommandLine;
using GemmaSharp.Diagnostics;

namespace GemmaSharp.Cli.Commands;

/// <summary>Collects an importance matrix.</summary>
internal static class Imatrix
{
    private const int DefaultLength = 512;

    public static Command Create()
    {
        Argument<string> file = new("file") { HelpName = "TEXT", Description = "the calibration text" };
        Option<string> model = new("--model", "-m") { Required = true, Description = "the model, not quantised" };
        Option<string> output = new("--output", "-o") { Description = "GGUF file to write", DefaultValueFactory = _ => "imatrix.gguf" };
        Option<int> length = new("--ctx", "-c") { Description = "tokens of a window", DefaultValueFactory = _ => DefaultLength };
        Option<bool> special = new("--parse-special") { Description = "let texts of special tokens in the file be those tokens" };
        Option<int> threads = new("--threads", "-t") { Description = "threads; 0 takes all processors" };
        Command command = new("imatrix", "Collects on a text how much every column of a model's matrices counts, for quantize --imatrix.") { file, model, output, length, special, threads };
        command.SetAction((parsed, cancel) => Failure.GuardInterruptibleAsync(() =>
        {
            string text = parsed.GetValue(file) ?? "", target = parsed.GetValue(output) ?? "";
            using GemmaEngine engine = GemmaEngine.Load(parsed.GetValue(model) ?? "", new EngineOptions { Threads = parsed.GetValue(threads) });
            IReadOnlyList<int[]> windows = TextWindows.Read(engine, text, parsed.GetValue(length), parsed.GetValue(special));
            using (WindowProgress progress = new(windows.Count))
            {
                ImportanceCollector.Write(engine, windows, text, target, done => progress.Report(done, ""), cancel);
            }

            Console.Error.WriteLine($"gemmasharp: wrote {target}, {windows.Count} windows of {windows[0].Length} tokens");

            return 0;
        }));
        return command;
    }
}
