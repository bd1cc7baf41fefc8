using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>Half a feed-forward: x + weight * norm(clip(W2 silu(W1 norm(clip(x))))).</summary>
internal sealed class ConformerFeedForward(RmsNorm preNorm, Linear expand, Linear contract, RmsNorm postNorm, AudioPassConfig config) : IDisposable
{
    public static ConformerFeedForward Load(WeightScope weights, AudioPassConfig config)
    {
        int width = weights.Child("ffw_layer_1").Size("weight", 0, 2);
        return new ConformerFeedForward(
            RmsNorm.Load(weights, "pre_layer_norm", config.HiddenSize, AudioPassConfig.BlockNormEpsilon),
            new Linear(weights.Child("ffw_layer_1").Matrix("weight", width, config.HiddenSize)),
            new Linear(weights.Child("ffw_layer_2").Matrix("weight", config.HiddenSize, width)),
            RmsNorm.Load(weights, "post_layer_norm", config.HiddenSize, AudioPassConfig.BlockNormEpsilon),
            config);
    }

    /// <summary>x [frames, hidden], in place.</summary>
    public void Forward(Matrix x, AudioScratch scratch)
    {
        Matrix normed = scratch.First(x.RowCount, x.ColumnCount), wide = scratch.Wide(x.RowCount, expand.OutputSize);
        x.CopyTo(normed);
        Elementwise.Clamp(normed.Values, config.Clipping);
        preNorm.Forward(normed, normed);
        expand.Forward(normed, wide, scratch.Team);
        Activation.Silu(wide.Values);
        contract.Forward(wide, normed, scratch.Team);
        Elementwise.Clamp(normed.Values, config.Clipping);
        postNorm.Forward(normed, normed);
        Elementwise.AddScaled(x.Values, config.ResidualWeight, normed.Values);
    }

    public void Dispose()
    {
        expand.Dispose();
        contract.Dispose();
    }
}
