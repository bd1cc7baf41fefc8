using System.Text.Json;
using GemmaSharp.Diagnostics;
using GemmaSharp.Media.Audio;
using GemmaSharp.Model;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;
using GemmaSharp.Prompting;
using GemmaSharp.Tests.Model;
using GemmaSharp.Tests.Model.Audio;

namespace GemmaSharp.Tests.Library;

/// <summary>From messages and files to greedy ids, against the processor and the model of the reference.</summary>
public sealed class MergedPromptsTests
{
    // 16-bit mu-law and resized pictures included: the reference's gate for logits.
    private const float LogitTolerance = 1e-3f;

    // The README's gate for what enters the decoder.
    private const float EmbeddingTolerance = 1e-4f;

    [Theory]
    [InlineData("text-only")]
    [InlineData("image")]
    [InlineData("image-resized")]
    [InlineData("audio")]
    [InlineData("audio-after-text")]
    [InlineData("image-audio")]
    [InlineData("audio-image")]
    [InlineData("two-images")]
    [InlineData("second-turn")]
    public void Encode_MessagesWithFiles_SameIdsLogitsAndGreedyIds(string name)
    {
        JsonElement one = Case(name);
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"));
        ChatMessage[] messages = [.. one.GetProperty("messages").EnumerateArray().Select(Read)];
        int[] ids = engine.Prompts.Encode(messages);
        Assert.Equal(Ints(one.GetProperty("input_ids")), ids);

        EncodedMedia[] media = [.. messages.SelectMany(message => message.Parts).Where(part => part.Kind != "text").SelectMany(part => engine.Media.Encode(part))];
        int safe = one.GetProperty("greedy_safe").GetInt32();
        string output = Path.GetTempFileName();
        ReferenceDump.Logits(engine, new Prompt(ids, media), safe, new TapRecords([]), output);
        using Tensors found = Tensors.Open(output), expected = Tensors.Open(Fixture.Path("Merged", "trace.safetensors"));
        Assert.Equal(Ints(one.GetProperty("greedy"))[..safe], found.Ints("greedy"));
        int vocab = engine.Files.Config.Text.VocabSize;
        float[] logits = found.Floats("logits");
        float[] rows = [.. Ints(one.GetProperty("positions")).SelectMany(position => logits.AsSpan(position * vocab, vocab).ToArray())];
        Assert.InRange(Tensors.Distance(expected.Floats($"{name}.logits"), rows), 0, LogitTolerance);
        File.Delete(output);
    }

    [Theory]
    [InlineData("text-only")]
    [InlineData("image")]
    [InlineData("image-resized")]
    [InlineData("audio")]
    [InlineData("audio-after-text")]
    [InlineData("image-audio")]
    [InlineData("audio-image")]
    [InlineData("two-images")]
    [InlineData("two-audios")]
    [InlineData("second-turn")]
    public void Forward_MessagesWithFiles_SameEmbeddingsAndPerLayerInputs(string name)
    {
        JsonElement one = Case(name);
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"));
        ChatMessage[] messages = [.. one.GetProperty("messages").EnumerateArray().Select(Read)];
        int[] ids = engine.Prompts.Encode(messages), positions = Ints(one.GetProperty("positions"));
        float[] rows = name == "two-audios"
            ? PaddedTogether(messages)
            : [.. messages.SelectMany(message => message.Parts).Where(part => part.Kind != "text").SelectMany(part => engine.Media.Encode(part)).SelectMany(media => media.Rows)];
        Dictionary<string, List<float>> taps = new() { ["inputs_embeds"] = [], ["ple_table"] = [], ["ple_inputs"] = [] };
        int vocab = engine.Files.Config.Text.VocabSize;
        float[] logits = new float[ids.Length * vocab];
        using ModelState state = engine.Model.CreateState(engine.ContextLength);

        engine.Model.Forward(new ModelInput(ids, rows, allLogits: true), state, logits, (tap, _, values) => taps.GetValueOrDefault(tap)?.AddRange(values));

        using Tensors expected = Tensors.Open(Fixture.Path("Merged", "trace.safetensors"));
        Assert.Equal(Ints(one.GetProperty("input_ids")), ids);
        float[] embeddings = [.. taps["inputs_embeds"]];
        bool all = one.GetProperty("inputs_embeds_rows").GetString() == "all";
        Assert.InRange(Tensors.Distance(expected.Floats($"{name}.inputs_embeds"), all ? embeddings : At(embeddings, positions, ids.Length)), 0, EmbeddingTolerance);
        Assert.InRange(Tensors.Distance(expected.Floats($"{name}.ple"), At([.. taps["ple_table"]], positions, ids.Length)), 0, EmbeddingTolerance);
        Assert.InRange(Tensors.Distance(expected.Floats($"{name}.ple_projected"), At([.. taps["ple_inputs"]], positions, ids.Length)), 0, EmbeddingTolerance);
        Assert.InRange(Tensors.Distance(expected.Floats($"{name}.logits"), At(logits, positions, ids.Length)), 0, LogitTolerance);
        int safe = one.GetProperty("greedy_safe").GetInt32();
        Assert.Equal(Ints(one.GetProperty("greedy"))[..safe], Continue(engine.Model, state, logits[^vocab..], safe));
    }

    internal static JsonElement Case(string name) => JsonDocument.Parse(File.ReadAllText(Fixture.Path("Merged", "trace.json"))).RootElement.GetProperty(name);

    private static float[] At(float[] rows, int[] positions, int count)
    {
        int width = rows.Length / count;
        return [.. positions.SelectMany(position => rows.AsSpan(position * width, width).ToArray())];
    }

    private static int[] Continue(Gemma3nModel model, ModelState state, float[] logits, int count)
    {
        int[] ids = new int[count];
        for (int step = 0; step < count; step++)
        {
            ids[step] = TestModel.IndexOfMax(logits);
            model.Forward(new ModelInput([ids[step]]), state, logits);
        }

        return ids;
    }

    // The reference pads the clips of one call to the longest; a frame is the clip's own while its first sample is.
    private static float[] PaddedTogether(ChatMessage[] messages)
    {
        const int hop = 160, framesPerRow = 16, width = 96, rows = 188;
        float[][] clips = [.. messages.SelectMany(message => message.Parts).Where(part => part.Kind == "audio")
            .Select(part => AudioDecoder.Decode(part.Data.Span, part.Value).Samples)];
        int longest = clips.Max(clip => clip.Length);
        MelSpectrogram mel = new(new MelConfig());
        List<float> soft = [];
        foreach (float[] clip in clips)
        {
            float[] padded = new float[longest];
            clip.CopyTo(padded, 0);
            float[] features = mel.Forward(padded);
            int frames = int.Min(features.Length / 128, (clip.Length + hop - 1) / hop), own = (frames + framesPerRow - 1) / framesPerRow;
            (float[] embedded, float[] padding) = AudioTowerTests.Embed(AudioTowerTests.Run(features, threads: 2)["encoder"][..(own * width)]);
            soft.AddRange([.. embedded, .. Enumerable.Repeat(padding, rows - own).SelectMany(row => row)]);
        }

        return [.. soft];
    }

    internal static ChatMessage Read(JsonElement message)
    {
        JsonElement content = message.GetProperty("content");
        ContentPart[] parts = content.ValueKind == JsonValueKind.String ? [ContentPart.Text(content.GetString()!)] : [.. content.EnumerateArray().Select(Part)];
        return new ChatMessage(message.GetProperty("role").GetString()!, parts);
    }

    private static ContentPart Part(JsonElement part) => part.GetProperty("type").GetString() switch
    {
        "image" => ContentPart.Image(Fixture.Path("Image", part.GetProperty("image").GetString()!)),
        "audio" => ContentPart.Audio(Fixture.Path("AudioClips", part.GetProperty("audio").GetString()!)),
        _ => ContentPart.Text(part.GetProperty("text").GetString()!),
    };

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
