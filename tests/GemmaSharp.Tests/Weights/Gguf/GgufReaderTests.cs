using System.Text.Json;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Weights.Gguf;

/// <summary>Well-formed and hostile GGUF files.</summary>
public sealed class GgufReaderTests
{
    // What reading a head may take beyond the bytes of the file: its 64 KB buffer, the tables' own room.
    public const long MostExtraBytes = 1 << 20;

    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> data = [];
        foreach (JsonElement one in JsonDocument.Parse(File.ReadAllText(Fixture.Path("Safetensors", "cases.json"))).RootElement.GetProperty("cases").EnumerateArray())
        {
            if (one.TryGetProperty("file", out JsonElement file) && file.GetString()!.EndsWith(".gguf", StringComparison.Ordinal))
            {
                data.Add(file.GetString()!, one.GetProperty("expect").GetString()!);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_Case_LoadsOrSaysWhyInBoundedMemory(string file, string expect)
    {
        string path = Fixture.Path("Gguf", "hostile", file);
        long before = GC.GetAllocatedBytesForCurrentThread();

        if (expect == "load")
        {
            using IWeightSource source = WeightFiles.Open(path);
            Assert.Equal(2, source.Entries.Count);
        }
        else
        {
            WeightException error = Assert.Throws<WeightException>(() => WeightFiles.Open(path).Dispose());
            Assert.DoesNotContain('\n', error.Message);
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, new FileInfo(path).Length + MostExtraBytes);
    }

    [Theory]
    [InlineData("version-1.gguf", "version 1")]
    [InlineData("big-endian.gguf", "big-endian")]
    [InlineData("type-4.gguf", "Q4_2")]
    [InlineData("data-cut.gguf", "download complete")]
    public void Open_Refusal_NamesTheReason(string file, string reason) =>
        Assert.Contains(reason, Assert.Throws<WeightException>(() => GgufFile.Open(Fixture.Path("Gguf", "hostile", file))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_CutAtEveryByte_LoadsOnlyWhereTheLastTensorIsWhole()
    {
        byte[] whole = File.ReadAllBytes(Fixture.Path("Gguf", "hostile", "good.gguf"));
        WeightEntry last = Read(whole).Entries[^1];

        for (int length = 0; length < whole.Length; length++)
        {
            if (length < last.Offset + last.ByteCount)
            {
                Assert.Throws<WeightException>(() => Read(whole[..length]));
            }
            else
            {
                Assert.Equal(2, Read(whole[..length]).Entries.Count);
            }
        }
    }

    [Fact]
    public void Read_Control_TypesShapesAndValues()
    {
        GgufHeader header = Read(File.ReadAllBytes(Fixture.Path("Gguf", "conv-q8_0.gguf")));
        GgufMetadata metadata = header.Metadata;

        Assert.Equal("gemma3n", metadata.Text("general.architecture"));
        Assert.Equal(2, metadata.Whole("gemma3n.block_count", 1, 256));
        Assert.Equal<int>([64, 64], metadata.Each("gemma3n.feed_forward_length", 2, (value, index) => (int?)value.Whole(index), "whole numbers")!);
        Assert.True(metadata.Flag("tokenizer.ggml.add_bos_token"));
        Assert.Equal("<bos>", metadata.Strings("tokenizer.ggml.tokens")!.Text(2));
        Assert.Null(metadata.Find("gemma3n.nothing"));
        WeightEntry table = Assert.Single(header.Entries, entry => entry.Name == "per_layer_token_embd.weight");
        Assert.Equal(("Q8_0", "[400, 512]", 400 * 512 / 32 * 34), (table.TypeName, table.ShapeText, table.ByteCount));
    }

    [Theory]
    [InlineData(3.0f, 3)]
    [InlineData(3.5f, null)]
    public void Whole_Float_OnlyWhenItIsWhole(float stored, int? expected)
    {
        GgufMetadata metadata = Read(new GgufBytes().F32("gemma3n.attention.shared_kv_layers", stored).ToArray()).Metadata;

        if (expected is null)
        {
            Assert.Throws<WeightException>(() => metadata.Whole("gemma3n.attention.shared_kv_layers", 0, 10));
        }
        else
        {
            Assert.Equal(expected, metadata.Whole("gemma3n.attention.shared_kv_layers", 0, 10));
        }
    }

    internal static GgufHeader Read(byte[] bytes) =>
        GgufReader.Read("test.gguf", bytes.Length, (offset, into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into));
}
