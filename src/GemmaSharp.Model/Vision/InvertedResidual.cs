using GemmaSharp.Kernels.Ops;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>
/// Universal inverted residual: optional depthwise, 1x1 up, optional depthwise, 1x1 down, layer scale, a skip where shapes allow.
/// </summary>
internal sealed class InvertedResidual : IVisionBlock
{
    private readonly string _name;
    private readonly (Depthwise Convolution, MapNorm Norm)? _start;
    private readonly Pointwise _expand;
    private readonly MapNorm _expandNorm;
    private readonly (Depthwise Convolution, MapNorm Norm)? _middle;
    private readonly Pointwise _contract;
    private readonly MapNorm _contractNorm;
    private readonly float[] _layerScale;
    private readonly bool _skip;

    private InvertedResidual(WeightScope weights, string name, int inputs, int stride)
    {
        bool hasMiddle = weights.Has("dw_mid.conv.weight");
        _name = name;
        _start = LoadDepthwise(weights.Child("dw_start"), inputs, hasMiddle ? 1 : stride, gelu: false);
        _expand = Pointwise.Load(weights.Child("pw_exp").Child("conv"), inputs);
        _expandNorm = MapNorm.Load(weights.Child("pw_exp").Child("bn"), _expand.OutputChannels, gelu: true);
        _middle = LoadDepthwise(weights.Child("dw_mid"), _expand.OutputChannels, stride, gelu: true);
        _contract = Pointwise.Load(weights.Child("pw_proj").Child("conv"), _expand.OutputChannels);
        _contractNorm = MapNorm.Load(weights.Child("pw_proj").Child("bn"), _contract.OutputChannels, gelu: false);
        _layerScale = weights.Has("layer_scale.gamma") ? weights.Child("layer_scale").Vector("gamma", _contract.OutputChannels) : [];
        _skip = stride == 1 && _contract.OutputChannels == inputs;
        if (stride != 1 && _start is null && _middle is null)
        {
            throw new WeightException($"{weights.Path}: the first block of a stage halves the size, but has no depthwise convolution to do it");
        }
    }

    public int OutputChannels => _contract.OutputChannels;

    public static InvertedResidual Load(WeightScope weights, string name, int inputs, int stride) => new(weights, name, inputs, stride);

    public FeatureMap Forward(FeatureMap x, VisionPass pass)
    {
        FeatureMap y = Apply(_start, x, "dw_start", pass);
        y = _expandNorm.Forward(_expand.Forward(y, pass), pass);
        pass.Observe($"{_name}.pw_exp", y);
        y = Apply(_middle, y, "dw_mid", pass);
        y = _contractNorm.Forward(_contract.Forward(y, pass), pass);
        pass.Observe($"{_name}.pw_proj", y);
        for (int pixel = 0; _layerScale.Length > 0 && pixel < y.Pixels.RowCount; pixel++)
        {
            Elementwise.Multiply(y.Pixels[pixel], _layerScale);
        }

        if (_skip)
        {
            Elementwise.Add(y.Values, x.Values);
        }

        pass.Observe(_name, y);
        return y;
    }

    public void Dispose()
    {
        _expand.Dispose();
        _contract.Dispose();
    }

    private static (Depthwise Convolution, MapNorm Norm)? LoadDepthwise(WeightScope weights, int channels, int stride, bool gelu) =>
        weights.Has("conv.weight")
            ? (Depthwise.Load(weights.Child("conv"), channels, stride), MapNorm.Load(weights.Child("bn"), channels, gelu))
            : null;

    private FeatureMap Apply((Depthwise Convolution, MapNorm Norm)? part, FeatureMap x, string name, VisionPass pass)
    {
        if (part is not (Depthwise convolution, MapNorm norm))
        {
            return x;
        }

        FeatureMap y = norm.Forward(convolution.Forward(x, pass), pass);
        pass.Observe($"{_name}.{name}", y);
        return y;
    }
}
