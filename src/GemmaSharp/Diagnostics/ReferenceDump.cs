using GemmaSharp.Model;
using GemmaSharp.Prompting;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Diagnostics;

/// <summary>Writes what a reference can be compared with: logits, named activations, prepared media.</summary>
internal static class ReferenceDump
{
    /// <summary>Tensors that every file of logits holds; asking for them by name changes nothing.</summary>
    public static readonly IReadOnlyList<string> AlwaysWritten = ["input_ids", "logits", "greedy"];

    /// <summary>input_ids, logits of every position, greedy continuation and the activations asked for.</summary>
    public static void Logits(GemmaEngine engine, Prompt prompt, int greedyCount, TapRecords taps, string output)
    {
        int vocab = engine.Files.Config.Text.VocabSize;
        Check(prompt.Ids, greedyCount, engine);
        float[] rows = [.. prompt.Media.SelectMany(media => media.Rows)];
        float[] logits = new float[prompt.Ids.Length * vocab];
        using ModelState state = engine.CreateState(engine.ContextLength);
        engine.Model.Forward(new ModelInput(prompt.Ids, rows, allLogits: true), state, logits, taps.Tap);
        int[] greedy = Greedy(engine.Model, state, logits.AsSpan(^vocab..), greedyCount);
        SafetensorsWriter.Write(
            output,
            [
                NamedTensor.I64("input_ids", prompt.Ids),
                NamedTensor.F32("logits", logits, prompt.Ids.Length, vocab),
                NamedTensor.I64("greedy", greedy),
                .. taps.Tensors,
            ]);
    }

    /// <summary>A picture's pixels, or the features of a clip's first window, and the rows the decoder gets; returns the seconds left out.</summary>
    public static double Features(GemmaEngine engine, ContentPart part, string output)
    {
        int hidden = engine.Files.Config.Text.HiddenSize;
        string prepared = part.Kind == "image" ? "pixels" : "features";
        TapRecords taps = new([prepared]);
        (float[] rows, double left) = part.Kind == "image" ? (engine.Media.Encode(part, taps.Tap)[0].Rows, 0) : EncodeFirstWindow(engine, part, taps);
        List<NamedTensor> tensors = [.. taps.Tensors];
        if (part.Kind == "audio")
        {
            // A clip alone has no padded frames.
            byte[] mask = new byte[taps.ShapeOf(prepared)[0]];
            Array.Fill(mask, (byte)1);
            tensors.Add(NamedTensor.U8("mask", mask));
        }

        SafetensorsWriter.Write(output, [.. tensors, NamedTensor.F32("soft_tokens", rows, rows.Length / hidden, hidden)]);
        return left;
    }

    /// <summary>The prompt of one user turn, media before the text.</summary>
    public static Prompt Prompt(GemmaEngine engine, string text, IReadOnlyList<ContentPart> media, TapRecords taps)
    {
        List<EncodedMedia> encoded = [];
        List<ContentPart> parts = [];
        foreach (ContentPart part in media)
        {
            IReadOnlyList<EncodedMedia> windows = engine.Media.Encode(part, taps.Tap);
            encoded.AddRange(windows);
            parts.AddRange(Enumerable.Repeat(part, windows.Count));
        }

        return new Prompt(engine.Prompts.Encode([ChatMessage.User(text, parts)]), encoded);
    }

    // As the reference cuts: at the length of a window, wherever that is.
    private static (float[] Rows, double SecondsLeft) EncodeFirstWindow(GemmaEngine engine, ContentPart part, TapRecords taps)
    {
        float[] samples = engine.Media.Samples(part);
        int length = int.Min(samples.Length, engine.Model.MaxAudioSamples);
        return (engine.Model.EncodeAudio(samples.AsSpan(0, length), taps.Tap), (samples.Length - length) / (double)engine.Files.Processor.Mel.SampleRate);
    }

    private static void Check(int[] ids, int greedyCount, GemmaEngine engine)
    {
        if (ids.Length == 0 || ids.Length + (long)greedyCount > engine.ContextLength)
        {
            throw new InvalidDataException($"{ids.Length} ids and {greedyCount} more, 1 to {engine.ContextLength} expected");
        }

        int most = Array.MaxLength / sizeof(float) / engine.Files.Config.Text.VocabSize;
        if (ids.Length > most)
        {
            throw new InvalidDataException($"logits of {ids.Length} positions are too many for one file, at most {most} expected");
        }

        int known = engine.Files.Config.InputVocabSize;
        int wrong = Array.FindIndex(ids, id => (uint)id >= (uint)known);
        if (wrong >= 0)
        {
            throw new InvalidDataException($"id {ids[wrong]} is outside the vocabulary of {known}");
        }
    }

    private static int[] Greedy(Gemma3nModel model, ModelState state, ReadOnlySpan<float> last, int count)
    {
        int[] greedy = new int[count];
        float[] logits = last.ToArray();
        for (int step = 0; step < count; step++)
        {
            int best = Array.IndexOf(logits, logits.Max());
            greedy[step] = best;
            if (step + 1 < count)
            {
                model.Forward(new ModelInput([best]), state, logits);
            }
        }

        return greedy;
    }
}
