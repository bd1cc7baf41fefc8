using GemmaSharp.Kernels.Ops;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>Fused inverted bottleneck: dense convolution, norm, GELU, 1x1 convolution, norm; a skip where shapes allow.</summary>
internal sealed class EdgeResidual(string name, DenseConvolution expand, MapNorm first, Pointwise contract, MapNorm second, bool skip) : IVisionBlock
{
    public int OutputChannels => contract.OutputChannels;

    public static EdgeResidual Load(WeightScope weights, string name, int inputs, int stride)
    {
        DenseConvolution expand = DenseConvolution.Load(weights.Child("conv_exp"), inputs, stride, hasBias: false);
        Pointwise contract = Pointwise.Load(weights.Child("conv_pwl"), expand.OutputChannels);
        return new EdgeResidual(
            name,
            expand,
            MapNorm.Load(weights.Child("bn1"), expand.OutputChannels, gelu: true),
            contract,
            MapNorm.Load(weights.Child("bn2"), contract.OutputChannels, gelu: false),
            skip: stride == 1 && contract.OutputChannels == inputs);
    }

    public FeatureMap Forward(FeatureMap x, VisionPass pass)
    {
        FeatureMap wide = first.Forward(expand.Forward(x, pass), pass);
        pass.Observe($"{name}.bn1", wide);
        FeatureMap narrow = second.Forward(contract.Forward(wide, pass), pass);
        pass.Observe($"{name}.bn2", narrow);
        if (skip)
        {
            Elementwise.Add(narrow.Values, x.Values);
        }

        pass.Observe(name, narrow);
        return narrow;
    }

    public void Dispose()
    {
        expand.Dispose();
        contract.Dispose();
    }
}
