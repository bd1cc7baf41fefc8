using System.CommandLine;
using GemmaSharp.Diagnostics;

namespace GemmaSharp.Cli.Commands;

/// <summary>Shows what a checkpoint holds.</summary>
internal static class Inspect
{
    public static Command Create()
    {
        Argument<string> path = new("path") { Description = "a safetensors file or a model folder" };
        Option<bool> json = new("--json") { Description = "as JSON" };
        Command command = new("inspect", "show config, tensors, tokenizer and template of a checkpoint") { path, json };
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
            Console.Out.WriteLine(parsed.GetValue(json) ? Inspection.AsJson(parsed.GetValue(path) ?? "") : Inspection.AsText(parsed.GetValue(path) ?? ""))));
        return command;
    }
}
