using System.Diagnostics;

namespace GemmaSharp.Prompting;

/// <summary>Messages to a prompt: media are encoded, a sound of several windows becomes as many parts.</summary>
internal static class PromptPreparation
{
    /// <summary>The prompt of a conversation.</summary>
    /// <param name="engine">Whose encoders and template.</param>
    /// <param name="messages">The whole conversation.</param>
    /// <param name="counted">From which message on the costs of media are told.</param>
    /// <param name="cancel">Ends the work between two media.</param>
    public static Prompt Prepare(GemmaEngine engine, IReadOnlyList<ChatMessage> messages, int counted, CancellationToken cancel)
    {
        List<EncodedMedia> media = [];
        List<MediaUsage> costs = [];
        List<ChatMessage> expanded = [];
        for (int index = 0; index < messages.Count; index++)
        {
            List<ContentPart> parts = [];
            foreach (ContentPart part in messages[index].Parts)
            {
                cancel.ThrowIfCancellationRequested();
                long started = Stopwatch.GetTimestamp();
                IReadOnlyList<EncodedMedia> encoded = part.Kind == "text" ? [] : engine.Media.Encode(part);
                media.AddRange(encoded);
                parts.AddRange(Enumerable.Repeat(part, int.Max(1, encoded.Count)));
                if (part.Kind != "text" && index >= counted)
                {
                    costs.Add(new MediaUsage(part.Value, Stopwatch.GetElapsedTime(started).TotalSeconds, encoded.Count));
                }
            }

            expanded.Add(messages[index] with { Parts = parts });
        }

        return new Prompt(engine.Prompts.Encode(expanded), media) { Costs = costs };
    }

    /// <summary>Tokens of a conversation's prompt; sounds are decoded for it, nothing is encoded.</summary>
    public static int Count(GemmaEngine engine, IReadOnlyList<ChatMessage> messages) => engine.Prompts.Encode(
    [
        .. messages.Select(message => message with
        {
            Parts = [.. message.Parts.SelectMany(part => Enumerable.Repeat(part, part.Kind == "audio" ? engine.Media.Windows(part).Count : 1))],
        }),
    ]).Length;

    /// <summary>One prompt for each window of a sound.</summary>
    /// <param name="engine">Whose encoders and template.</param>
    /// <param name="sound">The sound.</param>
    /// <param name="instruction">What to do with each window.</param>
    /// <returns>Where the window begins and ends, in seconds, and what encodes it.</returns>
    public static IReadOnlyList<(double Start, double End, Func<Prompt> Encode)> Windows(GemmaEngine engine, ContentPart sound, string instruction)
    {
        List<(double, double, Func<Prompt>)> windows = [];
        double rate = engine.Media.SampleRate, start = 0;
        foreach (float[] window in engine.Media.Windows(sound))
        {
            double end = start + (window.Length / rate);
            windows.Add((start, end, () => Encode(window)));
            start = end;
        }

        return windows;

        Prompt Encode(float[] window)
        {
            long started = Stopwatch.GetTimestamp();
            EncodedMedia encoded = engine.Media.EncodeWindow(window);
            MediaUsage cost = new(sound.Value, Stopwatch.GetElapsedTime(started).TotalSeconds, Windows: 1);
            return new Prompt(engine.Prompts.Encode([ChatMessage.User(instruction, sound)]), [encoded]) { Costs = [cost] };
        }
    }
}
