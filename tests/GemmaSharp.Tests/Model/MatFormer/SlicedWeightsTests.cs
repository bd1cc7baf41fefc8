using System.Text.Json;
using CsCheck;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Tests.Model.MatFormer;

/// <summary>Slices of a model: logits of the reference, the bits of a checkpoint cut by hand, and blocks that stay whole.</summary>
public sealed class SlicedWeightsTests
{
    // The reference's own float32 noise is 4e-5 at most (Fixtures/README.md).
    private const float LogitTolerance = 1e-4f;

    // One of its 32 steps magnifies rounding: there the engine is 1.4e-4 from a double computation (the reference 2.9e-5), elsewhere 3e-5.
    private const string NoisySlice = "Config for half width";
    private const float NoisySliceTolerance = 2e-4f;

    private static string Folder => Fixture.Path("TinyText");

    public static TheoryData<string> SliceNames() => [.. Slices().Where(one => !one.GetProperty("skips_a_donor").GetBoolean()).Select(one => one.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(SliceNames))]
    public void Forward_OracleSlice_EqualsReference(string name)
    {
        JsonElement one = Slices().First(slice => slice.GetProperty("name").GetString() == name);
        string key = one.GetProperty("key").GetString()!;
        using Tensors expected = Tensors.Open(Fixture.Path("MatFormer", "expected.safetensors"));
        using TestModel model = Load(name);
        float tolerance = name == NoisySlice ? NoisySliceTolerance : LogitTolerance;
        foreach (JsonProperty prompt in one.GetProperty("prompts").EnumerateObject())
        {
            int[] ids = Ints(prompt.Value.GetProperty("ids")), greedy = Ints(prompt.Value.GetProperty("greedy"));

            (int[] found, float[] logits) = model.Greedy(ids, greedy.Length);

            Assert.Equal(greedy, found);
            Assert.InRange(Tensors.Distance(expected.Floats($"{key}.{prompt.Name}.last_logits"), logits.AsSpan(0, model.Model.Config.Text.VocabSize)), 0, LogitTolerance);
            Assert.InRange(Tensors.Distance(expected.Floats($"{key}.{prompt.Name}.decode_logits"), logits), 0, tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(SliceNames))]
    public void Forward_CheckpointCutByHand_SameBits(string name)
    {
        SlicePlan plan = Plan(name);
        int[] ids = Ints(Slices().First().GetProperty("prompts").GetProperty("p45").GetProperty("ids"));
        using TestModel sliced = Load(name);
        using TestModel cut = TestModel.Load(CutByHand(plan), Config() with { Text = plan.Config });

        Assert.Equal(cut.Logits(ids), sliced.Logits(ids));
        Assert.Empty(sliced.Model.UnusedTensors);
    }

    [Theory]
    [InlineData("Q4_0", 32)]
    [InlineData("Q8_0", 32)]
    [InlineData("BF16", 1)]
    public void Read_BlockType_WholeBlocksAsTheyAre(string type, int blockLength)
    {
        TextConfig parent = Config().Text;
        WeightType kind = WeightTypes.Parse(type)!.Value;
        byte[] down = Numbers(WeightTypes.RowBytes(kind, 128) * parent.HiddenSize), gate = Numbers(WeightTypes.RowBytes(kind, parent.HiddenSize) * 128);
        byte[] table = Numbers(WeightTypes.RowBytes(kind, 12L * 32) * 3);
        using SlicedWeights sliced = new(
            new StoredWeights(
            [
                StoredWeights.Tensor("model.layers.3.mlp.down_proj.weight", type, down, parent.HiddenSize, 128),
                StoredWeights.Tensor("model.layers.3.mlp.gate_proj.weight", type, gate, 128, parent.HiddenSize),
                StoredWeights.Tensor("model.embed_tokens_per_layer.weight", type, table, 3, 12 * 32),
                StoredWeights.Tensor("model.embed_tokens.weight", "BF16", new byte[2], 1, 1),
            ]),
            SlicePlan.Create(parent, new MatFormerSlice("own", [.. Enumerable.Repeat(96, 10)], [2, 8]), "own"));

        long block = WeightTypes.BlockBytes(kind), whole = 128 / blockLength * block, kept = 96 / blockLength * block, side = 32 / blockLength * block;
        Assert.Equal(Take(down, whole, (0, kept)), Read(sliced, "model.layers.2.mlp.down_proj.weight"));
        Assert.Equal(gate[..(int)(WeightTypes.RowBytes(kind, parent.HiddenSize) * 96)], Read(sliced, "model.layers.2.mlp.gate_proj.weight"));
        Assert.Equal(
            Take(table, 12 * side, (0, 2 * side), (3 * side, 5 * side), (9 * side, 3 * side)),
            Read(sliced, "model.embed_tokens_per_layer.weight"));
        Assert.Equal([parent.HiddenSize, 96], sliced.Find("model.layers.2.mlp.down_proj.weight")!.Shape);
        Assert.Null(sliced.Find("model.layers.3.mlp.down_proj.weight"));
    }

    [Fact]
    public void Constructor_WidthInsideABlock_SaysTheMultiple()
    {
        TextConfig parent = Config().Text;
        StoredWeights weights = new(
        [
            StoredWeights.Tensor("model.layers.0.mlp.down_proj.weight", "Q4_0", new byte[parent.HiddenSize * 72], parent.HiddenSize, 128),
            StoredWeights.Tensor("model.embed_tokens.weight", "BF16", new byte[2], 1, 1),
        ]);
        SlicePlan plan = SlicePlan.Create(parent, new MatFormerSlice("own", [.. Enumerable.Repeat(100, 12)], []), "own.csv");

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => new SlicedWeights(weights, plan));

        Assert.Equal(
            "own.csv: 'own': width 100 at place 0 falls inside a block of model.layers.0.mlp.down_proj.weight, whose type is Q4_0: a multiple of 32 expected",
            error.Message);
    }

    [Fact]
    public void Constructor_TensorUnlikeTheConfig_SaysBothShapes()
    {
        StoredWeights weights = new(
        [
            StoredWeights.Tensor("model.layers.0.mlp.down_proj.weight", "BF16", new byte[96 * 2 * 64], 96, 64),
            StoredWeights.Tensor("model.embed_tokens.weight", "BF16", new byte[2], 1, 1),
        ]);

        WeightException error = Assert.Throws<WeightException>(() => new SlicedWeights(weights, Plan("Config for half width")));

        Assert.Contains("[any, 128] expected, [96, 64] found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CutRead_AnyRunsAndRange_SameBytesAsTakenOneByOne() => Gen
        .Select(Gen.Int[1, 6], Gen.Int[1, 400_000], Gen.Int[1, 5], Gen.Int[0, int.MaxValue])
        .Sample(
            (rows, rowBytes, runCount, seed) =>
            {
                Random random = new(seed);
                byte[] whole = new byte[rows * rowBytes];
                random.NextBytes(whole);
                int[] borders = [.. Enumerable.Range(0, 2 * runCount).Select(_ => random.Next(rowBytes + 1)).Order()];
                (long Start, long Length)[] runs = [.. borders.Chunk(2).Select(pair => ((long)pair[0], (long)pair[1] - pair[0])).Where(run => run.Item2 > 0)];
                (WeightEntry entry, byte[] data) = StoredWeights.Tensor("a", "U8", whole, whole.Length);
                using StoredWeights source = new([(entry, data)]);
                TensorCut cut = new(entry, rows, rowBytes, [.. runs.Select(run => new ByteRun(run.Start, run.Length))]);
                byte[] expected = Take(whole, rowBytes, runs);
                int start = random.Next(expected.Length + 1), count = random.Next(expected.Length - start + 1);
                byte[] found = new byte[count];

                cut.Read(source, start, found);

                Assert.Equal(expected.Length, cut.ByteCount);
                Assert.Equal(expected[start..(start + count)], found);
            },
            seed: "0000000000u7",
            iter: 300,
            threads: 1);

    private static TestModel Load(string name)
    {
        SlicePlan plan = Plan(name);
        return TestModel.Load(new SlicedWeights(WeightFiles.Open(Folder), plan), Config() with { Text = plan.Config });
    }

    private static SlicePlan Plan(string name) => SlicePlan.Create(Config().Text, MatFormerTable.Read(Fixture.Path("MatFormer", "slices.csv")).Find(name), "slices.csv");

    private static Gemma3nConfig Config() => ConfigJson.Read(Path.Combine(Folder, "config.json"));

    // The slice as a checkpoint of its own, value by value.
    private static StoredWeights CutByHand(SlicePlan plan)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Folder, "model.safetensors"));
        int side = plan.Parent.HiddenSizePerLayerInput;
        List<(WeightEntry Entry, byte[] Data)> tensors = [];
        foreach (WeightEntry entry in file.Entries)
        {
            string[] parts = entry.Name.Split('.');
            int layer = parts[1] == "layers" ? int.Parse(parts[2], null) : -1, place = layer < 0 ? 0 : plan.KeptLayers.ToList().IndexOf(layer);
            if (place < 0)
            {
                continue;
            }

            int width = layer < 0 ? 0 : plan.Config.IntermediateSizes[place];
            bool[]? rows = parts[^2] switch
            {
                "gate_proj" or "up_proj" => Mask(entry.Shape[0], row => row < width),
                "per_layer_model_projection" => Mask(entry.Shape[0], row => plan.KeptLayers.Contains(row / side)),
                _ => null,
            };
            bool[]? columns = parts[^2] switch
            {
                "down_proj" => Mask(entry.Shape[1], column => column < width),
                "embed_tokens_per_layer" => Mask(entry.Shape[1], column => plan.KeptLayers.Contains(column / side)),
                _ => null,
            };
            string name = layer < 0 ? entry.Name : string.Join('.', [.. parts[..2], $"{place}", .. parts[3..]]);
            byte[] data = Read(file, entry.Name);
            tensors.Add(rows is null && columns is null ? StoredWeights.Tensor(name, entry.TypeName, data, [.. entry.Shape]) : Keep(name, entry, data, rows, columns));
        }

        return new StoredWeights(tensors);
    }

    private static (WeightEntry Entry, byte[] Data) Keep(string name, WeightEntry entry, byte[] data, bool[]? rows, bool[]? columns)
    {
        rows ??= Mask(entry.Shape[0], _ => true);
        columns ??= Mask(entry.Shape[1], _ => true);
        List<byte> kept = [];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int column = 0; column < columns.Length; column++)
            {
                if (rows[row] && columns[column])
                {
                    kept.AddRange(data.AsSpan(((row * columns.Length) + column) * 2, 2));
                }
            }
        }

        return StoredWeights.Tensor(name, entry.TypeName, [.. kept], rows.Count(one => one), columns.Count(one => one));
    }

    private static bool[] Mask(long count, Func<int, bool> keep) => [.. Enumerable.Range(0, (int)count).Select(keep)];

    private static byte[] Take(byte[] whole, long rowBytes, params (long Start, long Length)[] runs) =>
        [.. Enumerable.Range(0, (int)(whole.Length / rowBytes)).SelectMany(row => runs.SelectMany(run => whole.AsSpan((int)((row * rowBytes) + run.Start), (int)run.Length).ToArray()))];

    private static byte[] Read(IWeightSource source, string name)
    {
        WeightEntry entry = source.Find(name)!;
        byte[] data = new byte[entry.ByteCount];
        source.Read(entry, 0, data);
        return data;
    }

    private static byte[] Numbers(long count)
    {
        byte[] numbers = new byte[count];
        new Random(5).NextBytes(numbers);
        return numbers;
    }

    private static JsonElement[] Slices() =>
        [.. JsonDocument.Parse(File.ReadAllText(Fixture.Path("MatFormer", "expected.json"))).RootElement.GetProperty("slices").EnumerateArray()];

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
