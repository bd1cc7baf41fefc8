using System.CommandLine;
using GemmaSharp.Diagnostics;

namespace GemmaSharp.Cli.Commands;

/// <summary>Writes prepared media and soft tokens for comparison with a reference.</summary>
internal static class Features
{
    public static Command Create()
    {
        Option<string?> model = new("--model", "-m") { Description = "folder of the model" };
        Option<string?> image = new("--image") { Description = "a picture" }, audio = new("--audio") { Description = "a sound" };
        Option<string> output = new("--output", "-o") { Required = true, Description = "safetensors file to write" };
        Option<string?> projector = ProjectorOption.Create();
        Command command = new("features", "write a picture's or a sound's features to a safetensors file") { model, projector, image, audio, output };
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
        {
            string? picture = parsed.GetValue(image), sound = parsed.GetValue(audio);
            if (picture is null == sound is null)
            {
                throw new ArgumentException("one of --image and --audio is needed");
            }

            ContentPart part = MediaArguments.Load(picture is not null, picture ?? sound ?? "");
            using GemmaEngine engine = Run.Load(parsed.GetValue(model), parsed.GetValue(projector), threads: 0, context: null);
            ReferenceDump.Features(engine, part, parsed.GetValue(output) ?? "");
        }));
        return command;
    }
}
