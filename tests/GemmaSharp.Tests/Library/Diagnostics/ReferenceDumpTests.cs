using System.Text.Json;
using GemmaSharp.Diagnostics;
using GemmaSharp.Prompting;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Library.Diagnostics;

/// <summary>What is written for comparison has the names, shapes and values that a reader expects.</summary>
public sealed class ReferenceDumpTests : IDisposable
{
    private readonly GemmaEngine _engine = GemmaEngine.Load(Fixture.Pocket());
    private readonly string _output = Path.GetTempFileName();

    public void Dispose()
    {
        _engine.Dispose();
        File.Delete(_output);
    }

    [Fact]
    public void Logits_OfAPictureQuestion_GreedyIdsOfTheExpectedAnswer()
    {
        Prompt prompt = ReferenceDump.Prompt(_engine, "Describe the image.", [ContentPart.Image(Fixture.Pocket("samples", "scene-0.png"))], new TapRecords([]));
        long[] expected = ExpectedIds();

        ReferenceDump.Logits(_engine, prompt, expected.Length, new TapRecords(["inputs_embeds"]), _output);

        using IWeightSource written = WeightFiles.Open(_output);
        Assert.Equal($"I64 [{prompt.Ids.Length}]", Describe(written, "input_ids"));
        Assert.Equal($"F32 [{prompt.Ids.Length}, 1280]", Describe(written, "logits"));
        Assert.Equal($"F32 [{prompt.Ids.Length}, 128]", Describe(written, "inputs_embeds"));
        Assert.Equal(expected, ReadLongs(written, "greedy"));
    }

    [Fact]
    public void Logits_UnknownActivation_SaysItsName() =>
        Assert.Contains(
            "'nothing'",
            Assert.Throws<InvalidDataException>(() => ReferenceDump.Logits(_engine, new Prompt([2, 3], []), 0, new TapRecords(["nothing"]), _output)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(new int[0], 0)]
    [InlineData(new[] { 1280 }, 0)]
    [InlineData(new[] { -1 }, 0)]
    [InlineData(new[] { 2 }, 4096)]
    public void Logits_OutOfRange_Refused(int[] ids, int greedy) =>
        Assert.Throws<InvalidDataException>(() => ReferenceDump.Logits(_engine, new Prompt(ids, []), greedy, new TapRecords([]), _output));

    [Fact]
    public void Features_OfAPicture_PixelsAndRows()
    {
        ReferenceDump.Features(_engine, ContentPart.Image(Fixture.Pocket("samples", "scene-0.png")), _output);

        using IWeightSource written = WeightFiles.Open(_output);
        Assert.Equal("F32 [3, 256, 256]", Describe(written, "pixels"));
        Assert.Equal("F32 [256, 128]", Describe(written, "soft_tokens"));
    }

    [Fact]
    public void Features_OfASound_FramesMaskAndAllRows()
    {
        ReferenceDump.Features(_engine, ContentPart.Audio(Fixture.Pocket("samples", "speech-0.wav")), _output);

        using IWeightSource written = WeightFiles.Open(_output);
        long frames = written.Find("features")!.Shape[0];
        Assert.Equal($"F32 [{frames}, 128]", Describe(written, "features"));
        Assert.Equal($"U8 [{frames}]", Describe(written, "mask"));
        Assert.Equal("F32 [188, 128]", Describe(written, "soft_tokens"));
    }

    private static long[] ExpectedIds()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Pocket", "expected.json")));
        JsonElement one = document.RootElement.GetProperty("cases").EnumerateArray().First(one =>
            one.GetProperty("turns").GetArrayLength() == 1 && one.GetProperty("turns")[0].TryGetProperty("images", out JsonElement images)
            && images[0].GetString() == "scene-0.png" && one.GetProperty("turns")[0].GetProperty("text").GetString() == "Describe the image.");
        return [.. one.GetProperty("answers").GetProperty("Main model")[0].GetProperty("ids").EnumerateArray().Select(id => id.GetInt64())];
    }

    private static string Describe(IWeightSource source, string name) => source.Find(name) is WeightEntry entry ? $"{entry.TypeName} {entry.ShapeText}" : "missing";

    private static long[] ReadLongs(IWeightSource source, string name)
    {
        WeightEntry entry = source.Find(name)!;
        byte[] bytes = new byte[entry.ByteCount];
        source.Read(entry, 0, bytes);
        return [.. bytes.Chunk(sizeof(long)).Select(chunk => BitConverter.ToInt64(chunk))];
    }
}
