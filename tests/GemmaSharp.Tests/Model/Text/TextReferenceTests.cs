using System.Runtime.InteropServices;
using System.Text.Json;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Tests.Model.Text;

/// <summary>Decoders of random shapes against a second implementation in double precision, which itself is held to the reference first.</summary>
public sealed class TextReferenceTests
{
    // The reference's own logits in double precision; its rope tables and the file stay float32.
    private const double OracleTolerance = 3e-6;

    // Logits of magnitude 1 to 30 after up to seven layers in float32. A random layer may amplify noise where a norm's input nearly vanishes
    // (1000 shapes tried); the smallest mistake worth finding shifts the mean by 8e-5.
    private const double MeanTolerance = 2e-5;
    private const double LargestTolerance = 2e-3;
    private const int Shapes = 40;

    [Fact]
    public void Logits_OracleTrace_SecondImplementationEqualsReferenceInDouble()
    {
        using Tensors weights = Tensors.Open(Fixture.Path("TinyText", "model.safetensors"));
        using Tensors trace = Tensors.Open(Fixture.Path("TinyText", "trace.safetensors"));
        Dictionary<string, double[]> read = [];
        double[][] logits = new TextReference(OracleCase(), Read).Logits(trace.Ints("input_ids"));
        float[] expected = trace.Floats("logits_float64");

        Assert.InRange(logits.SelectMany(row => row).Zip(expected, (found, want) => Math.Abs(found - want)).Max(), 0, OracleTolerance);

        double[] Read(string name)
        {
            if (!read.TryGetValue(name, out double[]? values))
            {
                ushort[] bits = MemoryMarshal.Cast<byte, ushort>(weights.Bytes(name)).ToArray();
                values = Array.ConvertAll(bits, half => (double)BitConverter.UInt32BitsToSingle((uint)half << 16));
                read[name] = values;
            }

            return values;
        }
    }

    [Fact]
    public void Forward_RandomShapes_EqualSecondImplementation()
    {
        // The same shapes every time: rounding of float32 comes near the tolerance in a few of thousands.
        Random seeds = new(20260);
        for (int shape = 0; shape < Shapes; shape++)
        {
            Compare(seeds.Next());
        }
    }

    private static void Compare(int seed)
    {
        Random random = new(seed);
        TextCase shape = TextCase.Random(random);
        using MemoryWeights weights = shape.Weights(random);
        int[] ids = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(shape.Vocab))];
        Dictionary<string, double[]> read = [];
        double[][] expected = new TextReference(shape, name => read.TryGetValue(name, out double[]? values) ? values : read[name] = weights.Doubles(name)).Logits(ids);

        using JsonDocument json = JsonDocument.Parse(shape.ToJson());
        Gemma3nConfig config = ConfigJson.Read(new JsonFields(json.RootElement, "config.json"));
        using ThreadTeam team = new(2);
        using Gemma3nModel model = Gemma3nModel.Load(weights, config, new ProcessorConfig(), team);
        float[] found = Logits(model, ids, ids.Length);

        double[] distances = [.. expected.SelectMany(row => row).Zip(found, (want, have) => double.IsNaN(have) ? double.PositiveInfinity : Math.Abs(want - have))];
        Assert.True(
            distances.Average() <= MeanTolerance && distances.Max() <= LargestTolerance,
            $"off by {distances.Max()} at most, {distances.Average()} in the mean, with seed {seed}: {shape}, config {shape.ToJson()}");
        Assert.Equal(found, Logits(model, ids, chunk: random.Next(1, 5)));
        Assert.Empty(model.UnusedTensors);
        Assert.Equal([1, 3], config.EosTokenIds);
    }

    private static float[] Logits(Gemma3nModel model, int[] ids, int chunk)
    {
        int vocab = model.Config.Text.VocabSize;
        float[] logits = new float[ids.Length * vocab];
        using ModelState state = model.CreateState(model.Config.Text.MaxPositionEmbeddings);
        for (int start = 0; start < ids.Length; start += chunk)
        {
            int count = int.Min(chunk, ids.Length - start);
            model.Forward(new ModelInput(ids.AsSpan(start, count), allLogits: true), state, logits.AsSpan(start * vocab, count * vocab));
        }

        return logits;
    }

    // The fixture's sizes, from its README.
    private static TextCase OracleCase() => new()
    {
        Hidden = 96,
        Widths = [.. Enumerable.Repeat(128, 12)],
        Full = [.. Enumerable.Range(0, 12).Select(layer => layer is 4 or 9)],
        Sparsity = [0.95, 0.95, 0.95, 0.8, 0.95, 0, 0, 0, 0, 0, 0, 0],
        Heads = 4,
        KeyValueHeads = 2,
        HeadDim = 32,
        Vocab = 320,
        PerLayerVocab = 288,
        PerLayerWidth = 32,
        LaurelRank = 64,
        Streams = 4,
        Active = 0,
        CorrectScale = true,
        Shared = 5,
        Window = 16,
        FullTheta = 50000,
        SlidingTheta = 500,
        Epsilon = 1e-4,
        ErfGelu = false,
        Softcap = 30,
        Tied = true,
        Prefix = "model.",
        Head = "lm_head",
        Older = false,
    };
}
