using System.CommandLine;
using System.Text.Json.Nodes;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Diagnostics;

namespace GemmaSharp.Cli.Commands;

/// <summary>Lists the slices of a model with size and speed, and says what others may be like.</summary>
internal static class Slices
{
    public static Command Create()
    {
        Argument<string?> path = new("model") { HelpName = "MODEL", Description = "folder of the model, GGUF or UQFF file; the pocket model when left out", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> projector = new("--mmproj") { HelpName = "FILE", Description = "projector of a GGUF model; one beside the model is found by itself" };
        Option<string?> table = SliceArguments.CreateTable();
        Option<string?> slice = SliceArguments.CreateSlice("only this slice");
        Option<int?> context = NumberOption.Create("--ctx", ["-c"], 1, int.MaxValue, "tokens of the conversation that memory is told for (4096)");
        Option<bool> probe = new("--probe") { Description = "measure how fast memory is read, and tell speed in tokens a second" };
        Option<int?> threads = NumberOption.Create("--threads", ["-t"], 0, 1024, "threads that read then; 0 takes all processors");
        Option<bool> json = new("--json") { Description = "as JSON, whose list of slices is a table for --matformer-config-path" };
        Command command = new("slices", "Lists the MatFormer slices of a model: layers, parameters, memory, speed; and what is legal.") { path, projector, table, slice, context, probe, threads, json };
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
        {
            SliceReportOptions usual = new();
            JsonObject facts = SliceReport.Of(ModelChoice.From(parsed.GetValue(path)).Path, usual with
            {
                Table = parsed.GetValue(table),
                Slice = parsed.GetValue(slice),
                Projector = parsed.GetValue(projector),
                ContextLength = parsed.GetValue(context) ?? usual.ContextLength,
                Probes = parsed.GetValue(probe),
                Threads = parsed.GetValue(threads) ?? 0,
            });
            FactSheet.Print(facts, parsed.GetValue(json));
        }));
        return command;
    }
}
