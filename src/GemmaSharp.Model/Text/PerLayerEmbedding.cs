using System.Buffers;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>
/// The per-layer inputs of a pass: a row of a large table, read from the file when needed, mixed with a projection of the embedding.
/// </summary>
internal sealed class PerLayerEmbedding(RowTable table, Linear projection, RmsNorm norm, TextConfig config) : IDisposable
{
    private const float InverseSqrt2 = 0.70710678f;
    private const long ValueCost = 16;

    public static PerLayerEmbedding Load(WeightScope weights, TextConfig config)
    {
        int width = config.LayerCount * config.HiddenSizePerLayerInput;
        return new PerLayerEmbedding(
            weights.Child("embed_tokens_per_layer").Rows("weight", config.VocabSizePerLayerInput, width),
            new Linear(weights.Child("per_layer_model_projection").Matrix("weight", width, config.HiddenSize)),
            RmsNorm.Load(weights, "per_layer_projection_norm", config.HiddenSizePerLayerInput, config.RmsNormEpsilon),
            config);
    }

    /// <summary>Fills Scratch.AllPerLayerInputs, [layers of the slice, tokens, hiddenPerLayer]: (norm(projection · x / sqrt(hidden)) + sqrt(width) table[id]) / sqrt(2).</summary>
    /// <param name="ids">Ids of the pass; those beyond the table take row 0.</param>
    /// <param name="inputs">Embeddings of the pass, [tokens, hidden].</param>
    /// <param name="pass">The running pass.</param>
    public void Forward(ReadOnlySpan<int> ids, Matrix inputs, in ForwardPass pass)
    {
        Matrix projected = pass.Scratch.PerLayerProjected;
        foreach (int id in ids)
        {
            table.Announce(Row(id));
        }

        // Of all layers: what a slice skips is a thousandth of its weights.
        projection.Forward(inputs, projected, pass.Team);
        MixRow mix = new(this, ids, projected, pass);
        pass.Team.RunRows(mix, ids.Length, pass.Tap is null ? ValueCost * projected.ColumnCount : 0);
    }

    public void Dispose() => projection.Dispose();

    // One token: its row of the projection normed, its row of the table added, both handed to the layers.
    private void Mix(int id, int token, in MixRow work)
    {
        int width = config.HiddenSizePerLayerInput;
        Span<float> projected = work.Projected[token];
        Elementwise.Scale(projected, (float)double.Pow(config.HiddenSize, -0.5), projected);
        Matrix heads = new(projected, config.LayerCount, width);
        norm.Forward(heads, heads);
        float[] room = ArrayPool<float>.Shared.Rent(projected.Length);
        Span<float> row = room.AsSpan(0, projected.Length);
        table.ReadRow(Row(id), row);
        Elementwise.Scale(row, (float)double.Sqrt(width), row);
        work.Tap?.Invoke("ple_table", [1, config.LayerCount, width], row);
        Elementwise.Add(row, projected);
        Elementwise.Scale(row, InverseSqrt2, row);
        work.Tap?.Invoke("ple_inputs", [1, config.LayerCount, width], row);
        for (int index = 0; index < work.Layers.Count; index++)
        {
            row.Slice(work.Layers[index] * width, width).CopyTo(work.Into[(((index * work.Ids.Length) + token) * width)..]);
        }

        ArrayPool<float>.Shared.Return(room);
    }

    private int Row(int id) => id < config.VocabSizePerLayerInput ? id : 0;

    private readonly ref struct MixRow(PerLayerEmbedding embedding, ReadOnlySpan<int> ids, Matrix projected, in ForwardPass pass) : IRowWork
    {
        public ReadOnlySpan<int> Ids { get; } = ids;

        public Matrix Projected { get; } = projected;

        public Span<float> Into { get; } = pass.Scratch.AllPerLayerInputs(ids.Length);

        public IReadOnlyList<int> Layers { get; } = pass.Slice.Layers;

        public TensorTap? Tap { get; } = pass.Tap;

        public void Run(int token) => embedding.Mix(Ids[token], token, this);
    }
}
