using GemmaSharp.Model;
using GemmaSharp.Prompting;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Diagnostics;

/// <summary>Writes what a reference can be compared with: logits, named activations, prepared media.</summary>
internal static class ReferenceDump
{
    /// <summary>input_ids, logits of every position, greedy continuation and the activations asked for.</summary>
    public static void Logits(GemmaEngine engine, Prompt prompt, int greedyCount, IReadOnlyList<string> taps, string output)
    {
        int vocab = engine.Files.Config.Text.VocabSize;
        if (prompt.Ids.Length == 0 || prompt.Ids.Length + greedyCount > engine.ContextLength)
        {
            throw new InvalidDataException($"{prompt.Ids.Length} ids and {greedyCount} more, 1 to {engine.ContextLength} expected");
        }

        int known = engine.Files.Config.InputVocabSize;
        int wrong = Array.FindIndex(prompt.Ids, id => (uint)id >= (uint)known);
        if (wrong >= 0)
        {
            throw new InvalidDataException($"id {prompt.Ids[wrong]} is outside the vocabulary of {known}");
        }

        Dictionary<string, TapRecord> records = taps.ToDictionary(name => name, _ => new TapRecord());
        float[] rows = [.. prompt.Media.SelectMany(media => media.Rows)];
        float[] logits = new float[prompt.Ids.Length * vocab];
        using ModelState state = engine.Model.CreateState(engine.ContextLength);
        TensorTap? tap = taps.Count == 0 ? null : (name, shape, values) => records.GetValueOrDefault(name)?.Add(shape, values);
        engine.Model.Forward(new ModelInput(prompt.Ids, rows, allLogits: true), state, logits, tap);
        int[] greedy = Greedy(engine.Model, state, logits.AsSpan(^vocab..), greedyCount);
        List<NamedTensor> tensors =
        [
            NamedTensor.I64("input_ids", prompt.Ids), NamedTensor.F32("logits", logits, prompt.Ids.Length, vocab), NamedTensor.I64("greedy", greedy),
        ];
        foreach ((string name, TapRecord record) in records)
        {
            tensors.Add(record.Shape.Length > 0
                ? NamedTensor.F32(name, [.. record.Values], record.Shape)
                : throw new InvalidDataException($"no activation is named '{name}' in this run"));
        }

        SafetensorsWriter.Write(output, tensors);
    }

    /// <summary>A picture's or a clip's prepared input and its rows.</summary>
    public static void Features(GemmaEngine engine, ContentPart part, string output)
    {
        Dictionary<string, TapRecord> records = new() { ["pixels"] = new(), ["features"] = new() };
        void Tap(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values) => records.GetValueOrDefault(name)?.Add(shape, values);
        int hidden = engine.Files.Config.Text.HiddenSize;
        if (part.Kind == "image")
        {
            float[] soft = engine.Model.EncodeImage(engine.Media.Picture(part).Pixels, engine.Files.Processor.ImageWidth, engine.Files.Processor.ImageHeight, Tap);
            TapRecord pixels = records["pixels"];
            SafetensorsWriter.Write(output, [NamedTensor.F32("pixels", [.. pixels.Values], pixels.Shape), NamedTensor.F32("soft_tokens", soft, soft.Length / hidden, hidden)]);
            return;
        }

        float[] rows = engine.Model.EncodeAudio(engine.Media.Windows(part)[0], Tap);
        TapRecord features = records["features"];
        byte[] mask = new byte[features.Shape[0]];
        Array.Fill(mask, (byte)1);
        SafetensorsWriter.Write(
            output,
            [NamedTensor.F32("features", [.. features.Values], features.Shape), NamedTensor.U8("mask", mask), NamedTensor.F32("soft_tokens", rows, rows.Length / hidden, hidden)]);
    }

    /// <summary>The prompt of one user turn, media before the text.</summary>
    public static Prompt Prompt(GemmaEngine engine, string text, IReadOnlyList<ContentPart> media)
    {
        List<EncodedMedia> encoded = [.. media.SelectMany(engine.Media.Encode)];
        List<ContentPart> parts = [.. media.SelectMany(part => Enumerable.Repeat(part, engine.Media.Encode(part).Count))];
        return new Prompt(engine.Prompts.Encode([ChatMessage.User(text, parts)]), encoded);
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

    // An activation given in pieces grows along its first dimension.
    private sealed class TapRecord
    {
        public int[] Shape { get; private set; } = [];

        public List<float> Values { get; } = [];

        public void Add(ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
        {
            Shape = Shape.Length == 0 ? shape.ToArray() : [Shape[0] + shape[0], .. Shape[1..]];
            Values.AddRange(values);
        }
    }
}
