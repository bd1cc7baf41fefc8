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
        ModelArguments model = new();
        Option<string> output = OutputOption.Create();
        Command command = new("features", "Writes a picture's pixels or a sound's log-mel frames, and the rows the decoder gets, to a safetensors file.");
        media.AddTo(command);
        command.Options.Add(output);
        model.AddTo(command);
        command.SetAction((parsed, _) => Failure.GuardAsync(async () =>
        {
            string file = OutputOption.Check(parsed.GetValue(output));
            IReadOnlyList<ContentPart> parts = media.Read(parsed);
            ContentPart part = parts.Count == 1 ? parts[0] : throw new ArgumentException($"{parts.Count} files given, one --image or one --audio expected");
            ModelChoice choice = await model.ChooseAsync(parsed).ConfigureAwait(false);
            using GemmaEngine engine = model.Load(choice, parsed);
            double left = ReferenceDump.Features(engine, part, file);
            Screen screen = new(Console.Error);
            choice.Say(screen);
            if (left > 0)
            {
                screen.Notice(string.Create(CultureInfo.InvariantCulture, $"{part.Value}: longer than one window; its first window is written, {left:F1} s are left out"));
            }

            return 0;
        }));
        return command;
    }
}
