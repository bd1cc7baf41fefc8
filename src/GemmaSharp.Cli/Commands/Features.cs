using System.CommandLine;
using System.Globalization;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Diagnostics;

namespace GemmaSharp.Cli.Commands;

/// <summary>Writes prepared media and soft tokens for comparison with a reference.</summary>
internal static class Features
{
    public static Command Create()
    {
        MediaArguments media = new();
        Option<string?> model = ModelChoice.CreateOption("folder of the model; the pocket model when left out");
        Option<string> output = OutputOption.Create();
        Command command = new("features", "Writes a picture's pixels or a sound's log-mel frames, and the rows the decoder gets, to a safetensors file.") { model };
        media.AddTo(command);
        command.Options.Add(output);
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
        {
            string file = OutputOption.Check(parsed.GetValue(output));
            IReadOnlyList<ContentPart> parts = media.Read(parsed);
            ContentPart part = parts.Count == 1 ? parts[0] : throw new ArgumentException($"{parts.Count} files given, one --image or one --audio expected");
            ModelChoice choice = ModelChoice.From(parsed.GetValue(model));
            using GemmaEngine engine = GemmaEngine.Load(choice.Path);
            double left = ReferenceDump.Features(engine, part, file);
            Screen screen = new(Console.Error);
            choice.Say(screen);
            if (left > 0)
            {
                screen.Notice(string.Create(CultureInfo.InvariantCulture, $"{part.Value}: longer than one window; its first window is written, {left:F1} s are left out"));
            }
        }));
        return command;
    }
}
