using System.CommandLine;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Diagnostics;

namespace GemmaSharp.Cli.Commands;

/// <summary>Shows what a checkpoint holds.</summary>
internal static class Inspect
{
    public static Command Create()
    {
        Argument<string> path = new("path") { HelpName = "FILE-OR-FOLDER", Description = "a weight file, an index, or a model folder" };
        Option<string?> projector = new("--mmproj") { HelpName = "FILE", Description = "projector of a GGUF model; one beside the model is found by itself" };
        Option<bool> json = new("--json") { Description = "as JSON" };
        SliceArguments slice = new();
        Command command = new("inspect", "Shows config, tensors, slices, tokenizer and template of a checkpoint of any format.") { path, projector, json };
        slice.AddTo(command);
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
        {
            string place = parsed.GetValue(path) ?? "";
            EngineOptions options = SliceArguments.RequireOne(slice.ReadInto(parsed, new EngineOptions { Projector = parsed.GetValue(projector) }));
            FactSheet.Print(Inspection.IsOfASlice(options) ? Inspection.OfSlice(place, options) : Inspection.Of(place, options.Projector), parsed.GetValue(json));
        }));
        return command;
    }
}
