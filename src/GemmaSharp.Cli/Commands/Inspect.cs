using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
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
        Command command = new("inspect", "Shows config, tensors, slices, tokenizer and template of a checkpoint of any format.") { path, projector, json };
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
        {
            JsonObject facts = Inspection.Of(parsed.GetValue(path) ?? "", parsed.GetValue(projector));
            if (parsed.GetValue(json))
            {
                WriteJson(facts);
            }
            else
            {
                new FactSheet(Console.Out, pretty: !Console.IsOutputRedirected).Write(facts);
            }
        }));
        return command;
    }

    private static void WriteJson(JsonObject facts)
    {
        using Stream output = Console.OpenStandardOutput();
        using (Utf8JsonWriter writer = new(output, new JsonWriterOptions { Indented = true }))
        {
            facts.WriteTo(writer);
        }

        output.WriteByte((byte)'\n');
    }
}
