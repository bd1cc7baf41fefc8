using GemmaSharp.Conversion;
using GemmaSharp.Diagnostics;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Importance;

namespace GemmaSharp.Tests.Library.Diagnostics;

/// <summary>Sums of squares of what goes into matrices, and that it is what goes into them.</summary>
public sealed class ImportanceCollectorTests : IDisposable
{
    // Products of a few hundred float32 terms of size 1, summed in another order.
    private const double ProductTolerance = 1e-4;

    private static readonly int[][] Windows = [[2, 40, 50, 60, 70], [2, 45, 55, 65, 75]];
    private readonly GemmaEngine _engine = GemmaEngine.Load(Fixture.Path("Gguf", "conv-hf"));

    public void Dispose() => _engine.Dispose();

    [Theory]
    [InlineData("attn_normed_in.0", "blk.0.attn_q.weight")]
    [InlineData("attn_normed_in.0", "blk.0.attn_v.weight")]
    [InlineData("attn_context.1", "blk.1.attn_output.weight")]
    [InlineData("mlp_in.1", "blk.1.ffn_up.weight")]
    [InlineData("mlp_hidden.0", "blk.0.ffn_down.weight")]
    [InlineData("side_in.1", "blk.1.inp_gate.weight")]
    [InlineData("side_hidden.0", "blk.0.proj.weight")]
    public void Collect_TwoWindows_SumsOfSquaresOfTheInputs(string input, string matrix)
    {
        float[][] rows = [.. Windows.SelectMany(window => Tap(_engine, window, input))];

        ImportanceMatrix found = ImportanceCollector.Collect(_engine, Windows, "text");

        ImportanceEntry entry = found.Entries[matrix];
        Assert.Equal(rows.Length, entry.Count);
        Assert.Equal(Enumerable.Range(0, rows[0].Length).Select(column => (float)rows.Sum(row => (double)row[column] * row[column])), entry.Sums);
        Assert.Equal((2, 5, "text"), (found.ChunkCount, found.ChunkSize, found.Datasets[0]));
    }

    [Fact]
    public void Collect_EveryMatrixOfALayer_ButThoseThatSharingLayersLack()
    {
        TextConfig config = _engine.Model.Config.Text;

        ImportanceMatrix found = ImportanceCollector.Collect(_engine, Windows, "text");

        Assert.Equal((config.LayerCount * 7) + (config.FirstSharedLayer * 2), found.Entries.Count);
    }

    [Fact]
    public void Taps_ThroughTheirMatrices_GiveWhatTheDecoderMadeOfThem()
    {
        const int layer = 5; // not sparse
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        float[][] gate = Product(engine, "mlp.gate_proj", Tap(engine, Windows[0], $"mlp_in.{layer}"), layer), up = Product(engine, "mlp.up_proj", Tap(engine, Windows[0], $"mlp_in.{layer}"), layer);
        float[][] sideGate = Product(engine, "per_layer_input_gate", Tap(engine, Windows[0], $"side_in.{layer}"), layer);
        float[][] sideInputs = [.. Tap(engine, Windows[0], "ple_inputs").Chunk(engine.Model.Config.Text.LayerCount).Select(layers => layers[layer])];

        Compare(Tap(engine, Windows[0], $"attn_out.{layer}"), Product(engine, "self_attn.o_proj", Tap(engine, Windows[0], $"attn_context.{layer}"), layer));
        Compare(Tap(engine, Windows[0], $"side_hidden.{layer}"), Gated(sideGate, sideInputs));
        Compare(Tap(engine, Windows[0], $"mlp_hidden.{layer}"), Gated(gate, up));
    }

    [Fact]
    public void Write_ThenQuantize_TakenByIt()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "imatrix.gguf"), output = Path.Combine(folder, "out.gguf");
            ImportanceCollector.Write(_engine, Windows, "text", path, null, CancellationToken.None);
            using GgufQuantization quantization = GgufQuantization.Open(Fixture.Path("Gguf", "conv-bf16.gguf"), new QuantizationOptions { Type = "Q4_K_M", Importance = path });

            quantization.Write(output, null, CancellationToken.None);

            Assert.Equal(["per_layer_token_embd.weight", "token_embd.weight"], quantization.WithoutImportance);
            using GemmaEngine quantised = GemmaEngine.Load(output);
            Assert.Empty(quantised.Model.UnusedTensors);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static float[][] Tap(GemmaEngine engine, int[] window, string wanted)
    {
        List<float[]> rows = [];
        using ModelState state = engine.Model.CreateState(window.Length);
        engine.Model.Forward(new ModelInput(window), state, [], (name, shape, values) =>
        {
            if (name == wanted)
            {
                rows.AddRange(values.ToArray().Chunk(shape[^1]));
            }
        });
        return [.. rows];
    }

    private static float[][] Product(GemmaEngine engine, string matrix, float[][] rows, int layer)
    {
        WeightEntry entry = engine.Files.Source.Entries.Single(entry => entry.Name.EndsWith($"layers.{layer}.{matrix}.weight", StringComparison.Ordinal) && entry.Name.Contains("language_model", StringComparison.Ordinal));
        byte[] bytes = new byte[entry.ByteCount];
        float[] weights = new float[entry.Shape[0] * entry.Shape[1]];
        engine.Files.Source.Read(entry, 0, bytes);
        FloatConvert.ToFloat(Enum.Parse<WeightType>(entry.TypeName), bytes, weights);
        return [.. rows.Select(row => weights.Chunk((int)entry.Shape[1]).Select(weight => (float)weight.Zip(row).Sum(pair => (double)pair.First * pair.Second)).ToArray())];
    }

    private static float[][] Gated(float[][] gate, float[][] by) =>
        [.. gate.Zip(by).Select(pair => pair.First.Zip(pair.Second).Select(one => (float)(Gelu(one.First) * one.Second)).ToArray())];

    private static double Gelu(double x) => 0.5 * x * (1 + double.Tanh(double.Sqrt(2 / double.Pi) * (x + (0.044715 * x * x * x))));

    private static void Compare(float[][] expected, float[][] found) =>
        Assert.InRange(Tensors.Distance([.. expected.SelectMany(row => row)], [.. found.SelectMany(row => row)]), 0, ProductTolerance * Math.Max(1, expected.Max(row => row.Max(MathF.Abs))));
}
