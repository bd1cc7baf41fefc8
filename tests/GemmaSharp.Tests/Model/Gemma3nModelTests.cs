using System.Runtime.InteropServices;
using System.Text.Json;
using GemmaSharp.Model;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model;

/// <summary>The whole model on prompts with pictures and sound, from soft tokens of the reference's own pictures on.</summary>
public sealed class Gemma3nModelTests
{
    // Activation sparsity amplifies the last bits of the towers (README of the fixtures).
    private const float LogitTolerance = 1e-3f;

    // Rows of magnitude 1 to 4 in float32 after sums of 2048 products.
    private const float HardRowTolerance = 1e-5f;

    private static JsonElement Trace => JsonDocument.Parse(File.ReadAllText(Fixture.Path("Merged", "trace.json"))).RootElement;

    [Theory]
    [InlineData("text-only")]
    [InlineData("image")]
    [InlineData("two-images")]
    [InlineData("image-audio")]
    [InlineData("audio")]
    public void Forward_RowsOfTheReference_SameLogitsAndGreedyIds(string name)
    {
        JsonElement one = Trace.GetProperty(name);
        int[] ids = [.. one.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())];
        int[] positions = [.. one.GetProperty("positions").EnumerateArray().Select(id => id.GetInt32())];
        using Tensors expected = Tensors.Open(Fixture.Path("Merged", "trace.safetensors"));
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"));
        float[]? soft = SoftRows(model, ids, expected.Floats($"{name}.inputs_embeds"), one.GetProperty("inputs_embeds_rows"));

        int vocab = model.Model.Config.Text.VocabSize;
        if (soft is not null || name == "text-only")
        {
            float[] logits = model.Logits(ids, soft: soft);
            float[] found = [.. positions.SelectMany(position => logits.AsSpan(position * vocab, vocab).ToArray())];
            Assert.InRange(Tensors.Distance(expected.Floats($"{name}.logits"), found), 0, LogitTolerance);
            int safe = one.GetProperty("greedy_safe").GetInt32();
            int[] greedy = [.. one.GetProperty("greedy").EnumerateArray().Select(id => id.GetInt32()).Take(safe)];
            Assert.Equal(greedy, model.Greedy(ids, safe, soft).Ids);
        }
    }

    [Fact]
    public void Forward_WrongNumberOfSoftRows_NamesBothNumbers()
    {
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"));
        int image = model.Model.Config.ImageTokenId;
        using ModelState state = model.Model.CreateState(64);

        ArgumentException error = Assert.Throws<ArgumentException>(() => model.Model.Forward(new ModelInput([2, image, image], new float[64]), state, []));

        Assert.Contains("2 placeholders", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TinyMm", 1)]
    [InlineData("TinyMm", 2)]
    [InlineData("TinyText", 2)]
    public void Forward_SteadyDecoding_AllocatesNothing(string folder, int threads)
    {
        // The least of several stretches: collections that other tests cause meanwhile are counted on this thread too.
        const int prompt = 100, warm = 10, stretches = 8, counted = 4;
        using TestModel model = TestModel.Load(Fixture.Path(folder), threads);
        using ModelState state = model.Model.CreateState(256);
        float[] logits = new float[model.Model.Config.Text.VocabSize];
        model.Model.Forward(new ModelInput([.. Enumerable.Range(0, prompt)]), state, logits);
        Decode(warm);

        long least = long.MaxValue;
        for (int stretch = 0; stretch < stretches; stretch++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Decode(counted);
            least = long.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);

        void Decode(int count)
        {
            Span<int> id = stackalloc int[1];
            for (int step = 0; step < count; step++)
            {
                id[0] = step;
                model.Model.Forward(new ModelInput(id), state, logits);
            }
        }
    }

    // Ids of both ranges, the placeholders among them, stand for hard rows wherever no soft rows are given (text.md 4.1).
    [Fact]
    public void Forward_IdsOfTheMediaRanges_HardRowsOfTheEmbedders()
    {
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"));
        using IWeightSource source = WeightFiles.Open(Fixture.Path("TinyMm"));
        int[] ids = [768, 769, 895, 896, 897, 1023, 767];
        List<float> rows = [];

        model.Model.Forward(new ModelInput(ids), model.Model.CreateState(16), [], (name, _, values) => rows.AddRange(name == "inputs_embeds" ? values : []));

        for (int at = 0; at < ids.Length; at++)
        {
            double[] expected = ids[at] >= 896 ? Hard(source, "embed_audio", ids[at] - 896) : ids[at] >= 768 ? Hard(source, "embed_vision", ids[at] - 768) : TextRow(source, ids[at]);
            Assert.InRange(Tensors.Distance(Array.ConvertAll(expected, value => (float)value), rows.ToArray().AsSpan(at * 64, 64)), 0, HardRowTolerance);
        }
    }

    // As many ids as make it worth waking the team.
    [Fact]
    public void Forward_HundredsOfIds_SameRowsForOneThreadAsForThree()
    {
        int[] ids = [.. Enumerable.Range(0, 400).Select(at => at * 37 % 1024)];

        float[] one = Inputs(1), three = Inputs(3);

        Assert.Equal(400 * 64, one.Length);
        Assert.Equal(one, three);

        float[] Inputs(int threads)
        {
            List<float> rows = [];
            using TestModel model = TestModel.Load(Fixture.Path("TinyMm"), threads);
            using ModelState state = model.Model.CreateState(ids.Length);
            model.Model.Forward(new ModelInput(ids), state, [], (name, _, values) => rows.AddRange(name == "inputs_embeds" ? values : []));
            return [.. rows];
        }
    }

    private static double[] TextRow(IWeightSource source, int id) =>
        [.. Floats(source, "model.language_model.embed_tokens").Skip(id * 64).Take(64).Select(value => value * Math.Sqrt(64))];

    private static double[] Hard(IWeightSource source, string embedder, int index)
    {
        double[] weight = Floats(source, $"model.{embedder}.hard_embedding_norm"), projection = Floats(source, $"model.{embedder}.embedding_projection");
        double[] row = Floats(source, $"model.{embedder}.embedding")[(index * weight.Length)..((index + 1) * weight.Length)];
        double scale = 1 / Math.Sqrt(row.Average(value => value * value) + 1e-6);
        double[] y = [.. Enumerable.Range(0, 64).Select(o => row.Select((value, i) => value * scale * weight[i] * projection[(o * row.Length) + i]).Sum())];
        double post = 1 / Math.Sqrt(y.Average(value => value * value) + 1e-6);
        return Array.ConvertAll(y, value => value * post);
    }

    private static double[] Floats(IWeightSource source, string name)
    {
        WeightEntry entry = source.Find($"{name}.weight")!;
        byte[] bytes = new byte[entry.ByteCount];
        source.Read(entry, 0, bytes);
        return Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), half => (double)BitConverter.UInt32BitsToSingle((uint)half << 16));
    }

    // Rows of the placeholders, where the trace holds the embeddings of all positions.
    private static float[]? SoftRows(TestModel model, int[] ids, float[] embeddings, JsonElement rows)
    {
        int hidden = model.Model.Config.Text.HiddenSize;
        if (rows.ValueKind != JsonValueKind.String || rows.GetString() != "all")
        {
            return null;
        }

        float[] soft = [.. ids.Select((id, at) => (id, at)).Where(one => model.Model.IsPlaceholder(one.id))
            .SelectMany(one => embeddings.AsSpan(one.at * hidden, hidden).ToArray())];
        return soft.Length == 0 ? null : soft;
    }
}
