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

    /// <summary>One prompt for each window of a sound, encoded as it is asked for.</summary>
    /// <param name="engine">Whose encoders and template.</param>
    /// <param name="sound">The sound.</param>
    /// <param name="instruction">What to do with each window.</param>
    /// <returns>Where the window begins and ends, in seconds, and its prompt.</returns>
    public static IEnumerable<(double Start, double End, Prompt Prompt)> PrepareWindows(GemmaEngine engine, ContentPart sound, string instruction)
    {
        double rate = engine.Media.SampleRate, start = 0;
        int[] ids = engine.Prompts.Encode([ChatMessage.User(instruction, sound)]);
        foreach (float[] window in engine.Media.Windows(sound))
        {
            long started = Stopwatch.GetTimestamp();
            EncodedMedia encoded = engine.Media.EncodeWindow(window);
            double end = start + (window.Length / rate);
            MediaUsage cost = new(sound.Value, Stopwatch.GetElapsedTime(started).TotalSeconds, Windows: 1);
            yield return (start, end, new Prompt(ids, [encoded]) { Costs = [cost] });
            start = end;
        }
    }
}
