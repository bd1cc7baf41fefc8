using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
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

    public static PerLayerEmbedding Load(WeightScope weights, TextConfig config)
    {
        int width = config.LayerCount * config.HiddenSizePerLayerInput;
        return new PerLayerEmbedding(
            weights.Child("embed_tokens_per_layer").Rows("weight", config.VocabSizePerLayerInput, width),
            new Linear(weights.Child("per_layer_model_projection").Matrix("weight", width, config.HiddenSize)),
            RmsNorm.Load(weights, "per_layer_projection_norm", config.HiddenSizePerLayerInput, config.RmsNormEpsilon),
            config);
    }

    /// <summary>Fills Scratch.AllPerLayerInputs, [layers, tokens, hiddenPerLayer]: (norm(projection · x / sqrt(hidden)) + sqrt(width) table[id]) / sqrt(2).</summary>
    /// <param name="ids">Ids of the pass; those beyond the table take row 0.</param>
    /// <param name="inputs">Embeddings of the pass, [tokens, hidden].</param>
    /// <param name="pass">The running pass.</param>
    public void Forward(ReadOnlySpan<int> ids, Matrix inputs, in ForwardPass pass)
    {
        int width = config.HiddenSizePerLayerInput, tokens = ids.Length;
        Matrix projected = pass.Scratch.PerLayerProjected;
        Span<float> row = pass.Scratch.PerLayerRow;
        Span<float> into = pass.Scratch.AllPerLayerInputs(tokens);
        projection.Forward(inputs, projected, pass.Team);
        Elementwise.Scale(projected.Values, (float)double.Pow(config.HiddenSize, -0.5), projected.Values);
        norm.ForwardHeads(projected, width);
        for (int token = 0; token < tokens; token++)
        {
            table.ReadRow(ids[token] < config.VocabSizePerLayerInput ? ids[token] : 0, row);
            Elementwise.Scale(row, (float)double.Sqrt(width), row);
            pass.Tap?.Invoke("ple_table", [1, config.LayerCount, width], row);
            Elementwise.Add(row, projected[token]);
            Elementwise.Scale(row, InverseSqrt2, row);
            pass.Tap?.Invoke("ple_inputs", [1, config.LayerCount, width], row);
            for (int layer = 0; layer < config.LayerCount; layer++)
            {
                row.Slice(layer * width, width).CopyTo(into[(((layer * tokens) + token) * width)..]);
            }
        }
    }

    public void Dispose() => projection.Dispose();
}
