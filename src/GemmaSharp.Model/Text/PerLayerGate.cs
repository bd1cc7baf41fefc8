using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>A layer's use of its per-layer input: norm(projection · (gelu(gate · x) * perLayerInput)).</summary>
internal sealed class PerLayerGate(Linear gate, Linear projection, RmsNorm norm, HiddenActivation activation, int layer) : IDisposable
{
    public static PerLayerGate Load(WeightScope weights, TextConfig config, int layer) => new(
        new Linear(weights.Child("per_layer_input_gate").Matrix("weight", config.HiddenSizePerLayerInput, config.HiddenSize)),
        new Linear(weights.Child("per_layer_projection").Matrix("weight", config.HiddenSize, config.HiddenSizePerLayerInput)),
        RmsNorm.Load(weights, "post_per_layer_input_norm", config.HiddenSize, config.RmsNormEpsilon),
        config.HiddenActivation,
        layer);

    /// <summary>x and into are [tokens, hidden], perLayerInput is [tokens, hiddenPerLayer].</summary>
    public void Forward(Matrix x, Matrix perLayerInput, Matrix into, in ForwardPass pass)
    {
        pass.Observe("side_in", layer, x);
        Matrix gated = pass.Scratch.PerLayerGate;
        gate.Forward(x, gated, pass.Team);
        GatedActivation.Multiply(gated, perLayerInput, activation, null, pass.Team);
        pass.Observe("side_hidden", layer, gated);
        projection.Forward(gated, into, pass.Team);
        norm.Forward(into, into, pass.Team);
    }

    public void Dispose()
    {
        gate.Dispose();
        projection.Dispose();
    }
}
