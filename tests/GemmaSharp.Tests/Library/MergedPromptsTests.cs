using System.Text.Json;
using GemmaSharp.Diagnostics;
using GemmaSharp.Prompting;

namespace GemmaSharp.Tests.Library;

/// <summary>From messages and files to greedy ids, against the processor and the model of the reference.</summary>
public sealed class MergedPromptsTests
{
    // 16-bit mu-law and resized pictures included: the reference's gate for logits.
    private const float LogitTolerance = 1e-3f;

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
        JsonElement one = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Merged", "trace.json"))).RootElement.GetProperty(name);
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

    private static ChatMessage Read(JsonElement message)
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
