using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>One conformer block: half feed-forward, local attention, light convolution, half feed-forward, norm.</summary>
internal sealed class ConformerBlock(
    ConformerFeedForward start, ConformerAttention attention, LightConv lightConv, ConformerFeedForward end, AudioNorm norm) : IEncoderPart
{
    public static ConformerBlock Load(WeightScope weights, AudioConfig config)
    {
        AudioPassConfig parts = AudioPassConfig.From(config);
        return new ConformerBlock(
            ConformerFeedForward.Load(weights.Child("ffw_layer_start"), parts),
            ConformerAttention.Load(weights.Child("attention"), config),
            LightConv.Load(weights.Child("lconv1d"), config),
            ConformerFeedForward.Load(weights.Child("ffw_layer_end"), parts),
            AudioNorm.Load(weights, "norm", config.HiddenSize, AudioPassConfig.BlockNormEpsilon, config.GradientClipping));
    }

    /// <summary>x [frames, hidden], in place.</summary>
    public void Forward(Matrix x, string name, AudioScratch scratch)
    {
        start.Forward(x, scratch);
        scratch.Observe($"{name}.ffw_layer_start", x);
        attention.Forward(x, $"{name}.attention", scratch);
        lightConv.Forward(x, scratch);
        scratch.Observe($"{name}.lconv1d", x);
        end.Forward(x, scratch);
        scratch.Observe($"{name}.ffw_layer_end", x);
        norm.Forward(x, x, scratch);
        scratch.Observe(name, x);
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        start.Visit(visit);
        attention.Visit(visit);
        lightConv.Visit(visit);
        end.Visit(visit);
    }
}
