using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using GemmaSharp.Diagnostics;

namespace GemmaSharp.Cli.Commands;

/// <summary>Scores a model on a text, and against another.</summary>
internal static class Perplexity
{
    private const int DefaultLength = 512;

    public static Command Create()
    {
        Argument<string> model = new("model") { HelpName = "MODEL", Description = "the model" }, file = new("file") { HelpName = "TEXT", Description = "the text" };
        Option<string?> basis = new("--kl-base") { Description = "a model to compare the distributions with, mostly the same before it was quantised" };
        Option<int> length = new("--ctx", "-c") { Description = "tokens of a window", DefaultValueFactory = _ => DefaultLength };
        Option<bool> special = new("--parse-special") { Description = "let texts of special tokens in the file be those tokens" };
        Option<string?> quantization = QuantizationOption.Create();
        Option<int> threads = new("--threads", "-t") { Description = "threads; 0 takes all processors" };
        Option<bool> json = new("--json") { Description = "print JSON" };
        Command command = new("perplexity", "Scores a model on a text: windows stand alone, their second halves count.") { model, file, basis, length, special, quantization, threads, json };
        command.SetAction((parsed, cancel) => Failure.GuardInterruptibleAsync(() =>
        {
            EngineOptions options = new() { Threads = parsed.GetValue(threads), Quantization = parsed.GetValue(quantization) };
            using GemmaEngine engine = GemmaEngine.Load(parsed.GetValue(model) ?? "", options);
            IReadOnlyList<int[]> windows = TextWindows.Read(engine, parsed.GetValue(file) ?? "", parsed.GetValue(length), parsed.GetValue(special));
            using GemmaEngine? other = parsed.GetValue(basis) is string path ? GemmaEngine.Load(path, options with { Quantization = null }) : null;
            JsonObject facts;
            using (WindowProgress progress = new(windows.Count))
            {
                facts = Diagnostics.Perplexity.Measure(
                    engine, other, windows,
                    score => progress.Report(score.Windows, string.Create(CultureInfo.InvariantCulture, $", perplexity {score.Value:F4}")), cancel).Describe();
            }

            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(facts.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
            }
            else
            {
                new FactSheet(Console.Out, pretty: !Console.IsOutputRedirected).Write(new JsonObject { ["perplexity"] = facts });
            }

            return 0;
        }));
        return command;
    }
}
