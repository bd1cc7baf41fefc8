using System.Runtime.InteropServices;
using System.Text.Json;
using CsCheck;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Safetensors;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Tests.Weights.Uqff;

/// <summary>Files of UQFF: damaged ones, shards, the residual, the older form.</summary>
public sealed class UqffFileTests : IDisposable
{
    private const string Key = "model.language_model.layers.0.self_attn.k_proj";
    private readonly string _folder = Directory.CreateTempSubdirectory("uqff").FullName;

    public static TheoryData<string, string> HostileCases()
    {
        TheoryData<string, string> data = [];
        foreach (JsonElement one in JsonDocument.Parse(File.ReadAllText(Fixture.Path("Uqff", "hostile", "cases.json"))).RootElement.GetProperty("cases").EnumerateArray())
        {
            data.Add(one.GetProperty("file").GetString()!, one.GetProperty("expect").GetString()!);
        }

        return data;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(HostileCases))]
    public void Open_HostileCase_OutcomeAsStated(string name, string expect)
    {
        string path = Fixture.Path("Uqff", "hostile", name);
        if (expect == "load")
        {
            using UqffFile file = UqffFile.Open(path);
            Assert.Equal(Key + ".weight", Assert.Single(file.Entries).Name);
        }
        else
        {
            WeightException error = Assert.Throws<WeightException>(() => UqffFile.Open(path));
            Assert.DoesNotContain('\n', error.Message);
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Open_CutAtEveryByte_AlwaysAWeightException()
    {
        byte[] whole = Small();
        string path = Path.Combine(_folder, "a-0.uqff");
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<WeightException>(() => UqffFile.Open(path).Dispose());
        }
    }

    [Fact]
    public void Open_AnyMutation_ReadsOrSaysWhyInBoundedMemory()
    {
        byte[] whole = Small();
        string path = Path.Combine(_folder, "b-0.uqff");
        const long mostBytes = 4 << 20;
        int opened = 0, refused = 0;
        int data = 8 + (int)BitConverter.ToInt64(whole);
        Gen.Select(Gen.Int[data, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length - 1], Gen.Byte).Sample(
            (first, value, second, other) =>
            {
                // Half of them change the data only: nearly every change of the header makes it unreadable.
                byte[] changed = [.. whole];
                changed[first] = value;
                changed[(value & 1) == 0 ? first : second] = other;
                File.WriteAllBytes(path, changed);
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    using UqffFile file = UqffFile.Open(path);
                    foreach (WeightEntry entry in file.Entries)
                    {
                        Assert.InRange(entry.ByteCount, 0, 16 * whole.Length);
                        file.Read(entry, 0, new byte[entry.ByteCount]);
                    }

                    opened++;
                }
                catch (WeightException)
                {
                    refused++;
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, mostBytes);
            },
            seed: "0000000000u7",
            iter: MutationTests.Count,
            threads: 1);

        Assert.True(opened > 100 && refused > 100, $"{opened} opened, {refused} refused");
    }

    [Fact]
    public void Open_ShardsAndResidual_OneSource()
    {
        Write("m-0.uqff", [.. UqffParts.Version(), .. UqffParts.Unquantised("model.a", "F32", new byte[16], 2, 2)]);
        Write("m-1.uqff", [.. UqffParts.Gguf("model.b", 8, new byte[68], 2, 32), new NamedTensor("model.b.bias", "F32", [2], new byte[8])]);
        Write("m-3.uqff", [.. UqffParts.Unquantised("model.c", "F32", new byte[16], 2, 2)]);
        Write("residual.safetensors", [NamedTensor.F32("model.norm.weight", [1, 2], 2), NamedTensor.F32("model.a.weight", new float[4], 2, 2)]);

        using IWeightSource file = WeightFiles.Open(_folder);

        Assert.Equal(["model.a.weight", "model.b.weight", "model.b.bias", "model.norm.weight"], file.Entries.Select(entry => entry.Name));
        Assert.Equal("Q8_0", file.Find("model.b.weight")!.TypeName);
        Assert.Equal([1f, 2f], new WeightScope(file).Child("model").Child("norm").Vector("weight", 2));
    }

    [Fact]
    public void Open_SecondShardNamed_AllShardsRead()
    {
        Write("m-0.uqff", [.. UqffParts.Version(), .. UqffParts.Unquantised("model.a", "F32", new byte[16], 2, 2)]);
        Write("m-1.uqff", UqffParts.Unquantised("model.b", "BF16", new byte[8], 2, 2));

        using UqffFile file = UqffFile.Open(Path.Combine(_folder, "m-1.uqff"));

        Assert.Equal(2, file.Entries.Count);
    }

    [Fact]
    public void Open_LayerInTwoShards_Refused()
    {
        Write("m-0.uqff", [.. UqffParts.Version(), .. UqffParts.Unquantised("model.a", "F32", new byte[16], 2, 2)]);
        Write("m-1.uqff", UqffParts.Unquantised("model.a", "F32", new byte[16], 2, 2));

        Assert.Contains("model.a stands in another shard too", Refusal("m-0.uqff"), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ShardsOfTwoVersions_Refused()
    {
        Write("m-0.uqff", [.. UqffParts.Version(), .. UqffParts.Unquantised("model.a", "F32", new byte[16], 2, 2)]);
        Write("m-1.uqff", [.. UqffParts.Version(minor: 1), .. UqffParts.Unquantised("model.b", "F32", new byte[16], 2, 2)]);

        Assert.Contains("another UQFF version", Refusal("m-0.uqff"), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderWithTwoModels_AsksForOne()
    {
        Write("q4k-0.uqff", [.. UqffParts.Version(), .. UqffParts.Unquantised("model.a", "F32", new byte[16], 2, 2)]);
        Write("q8_0-0.uqff", [.. UqffParts.Version(), .. UqffParts.Unquantised("model.a", "F32", new byte[16], 2, 2)]);

        Assert.Contains("q4k-0.uqff, q8_0-0.uqff", Assert.Throws<WeightException>(() => WeightFiles.Open(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfOldNumbers_NamesOfAWholeFile_EveryLayerOnce()
    {
        using JsonDocument names = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Uqff", "names.json")));
        string[] residual = [.. names.RootElement.GetProperty("residual").EnumerateObject().Select(one => one.Name)];
        string[] keys = [.. names.RootElement.GetProperty("shard").EnumerateObject().Select(one => one.Name)
            .Where(name => !UqffVersion.IsPart(name)).Select(name => UqffLayer.Split(name)!.Value.Key).Distinct()];

        IReadOnlyList<string> old = UqffNames.OfOldNumbers(residual, keys.Length - 1)!;

        Assert.Equal((7 * 25) + 9 + (11 * 2) + 3, keys.Length);
        Assert.Equal(
            keys.Except(["model.language_model.embed_tokens", "model.language_model.embed_tokens_per_layer"]).Append("lm_head").Order(StringComparer.Ordinal),
            old.Order(StringComparer.Ordinal));
        Assert.Equal("lm_head", old[0]);
        Assert.Equal("model.language_model.layers.0.mlp.down_proj", old[7]);
        Assert.Null(UqffNames.OfOldNumbers(residual, keys.Length));
    }

    [Fact]
    public void Open_OlderForm_SameBytesAsTheNewer()
    {
        string[] types = ["q4k", "hqq4", "fp8", "afq4", "f8q8", "q8_0", "afq3"];
        List<byte[]> blobs = [OldBlob("q6k"), .. types.Select(OldBlob), .. Enumerable.Repeat(OldBlob("q4k"), 4 + 2)];
        Write("old-0.uqff", [.. blobs.Take(5).Select((blob, at) => new NamedTensor($"{at}", "U8", [blob.Length], blob))]);
        Write("old-1.uqff", [.. blobs.Skip(5).Select((blob, at) => new NamedTensor($"{at + 5}", "U8", [blob.Length], blob))]);
        Write("residual.safetensors", [NamedTensor.F32("model.language_model.layers.0.input_layernorm.weight", [1], 1)]);

        using UqffFile old = UqffFile.Open(Path.Combine(_folder, "old-0.uqff"));

        string[] parts = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];
        foreach ((string type, string part) in types.Zip(parts))
        {
            using UqffFile newer = UqffFile.Open(Fixture.Path("Uqff", $"{type}-0.uqff"));
            WeightEntry expected = newer.Find(Key + ".weight")!, found = old.Find($"model.language_model.layers.0.{part}.weight")!;
            Assert.Equal((expected.TypeName, expected.ShapeText, expected.ByteCount), (found.TypeName, found.ShapeText, found.ByteCount));
            byte[] expectedBytes = new byte[expected.ByteCount], foundBytes = new byte[found.ByteCount];
            newer.Read(expected, 0, expectedBytes);
            old.Read(found, 0, foundBytes);
            Assert.Equal(expectedBytes, foundBytes);
        }

        Assert.NotNull(old.Find("lm_head.weight"));
    }

    [Fact]
    public void Open_OlderBlobCutAtEveryByte_AlwaysAWeightException()
    {
        byte[] blob = [.. UqffParts.Bytes(0x0200), 1, 0, .. UqffParts.Bytes(16, 6, 2, 2, 2), .. new byte[16]];
        Write("residual.safetensors", [NamedTensor.F32("model.language_model.layers.0.input_layernorm.weight", [1], 1)]);
        Write("a-0.uqff", Numbered(blob));
        UqffFile.Open(Path.Combine(_folder, "a-0.uqff")).Dispose();
        for (int length = 0; length < blob.Length; length++)
        {
            Write("a-0.uqff", Numbered(blob[..length]));
            Assert.NotEmpty(Refusal("a-0.uqff"));
        }

        Write("a-0.uqff", Numbered([.. blob, 0]));
        Assert.Contains("goes on behind byte", Refusal("a-0.uqff"), StringComparison.Ordinal);

        static NamedTensor[] Numbered(byte[] blob) => [.. Enumerable.Range(0, 12).Select(at => new NamedTensor($"{at}", "U8", [blob.Length], blob))];
    }

    private static byte[] OldBlob(string type)
    {
        using Tensors file = Tensors.Open(Fixture.Path("Uqff", $"{type}-0.uqff"));
        string weight = Key + ".weight";
        byte format = file.Bytes(weight + ".format")[0];
        byte[] data = file.Bytes(weight), head = [.. UqffParts.Bytes(0x0103), format];
        byte[] shape = file.Has(weight + ".shape") ? UqffParts.OldShape([.. MemoryMarshal.Cast<byte, int>(file.Bytes(weight + ".shape")).ToArray().Select(size => (long)size)]) : [];
        byte[] Part(string name) => file.Bytes($"{weight}.{name}");
        return format switch
        {
            0 => [.. head, .. UqffParts.Bytes((uint)data.Length), 0, .. Part("dtype"), .. shape, .. data],
            2 =>
            [
                .. head, 0, .. UqffParts.OldTensor(file, weight), .. UqffParts.OldTensor(file, weight + ".scales"), .. UqffParts.OldTensor(file, weight + ".zeros"),
                .. shape, .. Part("bits"), .. Part("group_size"), .. Part("axis"), .. Part("optimization_steps"), .. Part("round_zeros"), .. Part("channel_wise"),
            ],
            3 => [.. head, 0, .. UqffParts.OldTensor(file, weight), .. Part("dequant_w_scale"), .. Part("dequant_x_scale"), .. Part("quant_scale"), .. Part("dtype")],
            4 =>
            [
                .. head, 0, .. UqffParts.OldTensor(file, weight), .. UqffParts.OldTensor(file, weight + ".scales"), .. UqffParts.OldTensor(file, weight + ".biases"),
                .. Part("bits"), .. Part("group_size"),
            ],
            _ => [.. head, 0, .. Part("num_blocks"), .. shape, .. data],
        };
    }

    // A layer of every format, small.
    private byte[] Small()
    {
        byte[] bytes = new byte[64];
        new Random(4).NextBytes(bytes);
        ReadOnlyMemory<byte> some = bytes;
        Write("small.safetensors", [
            .. UqffParts.Version(),
            .. UqffParts.Gguf("a", 8, bytes[..34], 1, 32),
            .. UqffParts.Unquantised("b", "BF16", bytes[..8], 2, 2),
            .. UqffParts.Hqq("c", bytes[..32], [0.5f], [3], (64, 1, 4)),
            .. UqffParts.Afq("d", bytes[..32], ("BF16", bytes[..2], bytes[2..4]), (1, 64, 4, 64)),
            new NamedTensor("e.weight", "U8", [1, 16], some[..16]), new NamedTensor("e.weight.scales", "U8", [1, 1], some[..1]), UqffParts.Byte("e.weight.format", 6),
        ]);
        return File.ReadAllBytes(Path.Combine(_folder, "small.safetensors"));
    }

    private void Write(string name, NamedTensor[] tensors) => SafetensorsWriter.Write(Path.Combine(_folder, name), tensors);

    private string Refusal(string name) => Assert.Throws<WeightException>(() => UqffFile.Open(Path.Combine(_folder, name))).Message;
}
