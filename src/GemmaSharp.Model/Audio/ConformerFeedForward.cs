using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>Half a feed-forward: x + weight * norm(clip(W2 silu(W1 norm(clip(x))))).</summary>
internal sealed class ConformerFeedForward(AudioNorm preNorm, EncoderLinear expand, EncoderLinear contract, AudioNorm postNorm, float residualWeight) : IEncoderPart
{
    public static ConformerFeedForward Load(WeightScope weights, AudioPassConfig config)
    {
        int width = weights.Child("ffw_layer_1").Size("weight", 0, 2);
        return new ConformerFeedForward(
            AudioNorm.Load(weights, "pre_layer_norm", config.HiddenSize, AudioPassConfig.BlockNormEpsilon, config.Clipping),
            EncoderLinear.Load(weights.Child("ffw_layer_1"), width, config.HiddenSize),
            EncoderLinear.Load(weights.Child("ffw_layer_2"), config.HiddenSize, width),
            AudioNorm.Load(weights, "post_layer_norm", config.HiddenSize, AudioPassConfig.BlockNormEpsilon, config.Clipping),
            config.ResidualWeight);
    }

    /// <summary>x [frames, hidden], in place.</summary>
    public void Forward(Matrix x, AudioScratch scratch)
    {
        Matrix normed = scratch.First(x.RowCount, x.ColumnCount), wide = scratch.Wide(x.RowCount, expand.OutputSize);
        preNorm.Forward(x, normed, scratch);
        expand.Forward(normed, wide, scratch.Team);
        SiluRows.Run(wide, scratch.Team);
        contract.Forward(wide, normed, scratch.Team);
        postNorm.Add(normed, residualWeight, x, scratch);
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        expand.Visit(visit);
        contract.Visit(visit);
    }
}
