using GemmaSharp.Kernels.Ops;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>
/// Universal inverted residual: optional depthwise, 1x1 up, optional depthwise, 1x1 down, layer scale, a skip where shapes allow. Bands of rows
/// go through the whole block one after the other; rows that two bands look at are computed for both.
/// </summary>
internal sealed class InvertedResidual : IVisionBlock
{
    private readonly string _name;
    private readonly DepthwisePart? _start;
    private readonly Pointwise _expand;
    private readonly MapNorm _expandNorm;
    private readonly DepthwisePart? _middle;
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
        ConvolutionGrid? start = _start?.Convolution.Grid(x.Height, x.Width);
        int innerHeight = start?.Rows.Output ?? x.Height, innerWidth = start?.Columns.Output ?? x.Width;
        ConvolutionGrid? middle = _middle?.Convolution.Grid(innerHeight, innerWidth);
        int height = middle?.Rows.Output ?? innerHeight, width = middle?.Columns.Output ?? innerWidth;
        int step = pass.BandRows(height, innerHeight * innerWidth / height * _expand.OutputChannels);
        int innerStep = middle is null ? step : int.Min(middle.Value.Rows.Span(step), innerHeight);
        FeatureMap started = _start is null ? x : pass.NewMap(innerStep, innerWidth, x.Channels);
        FeatureMap wide = pass.NewMap(innerStep, innerWidth, _expand.OutputChannels);
        FeatureMap reduced = _middle is null ? wide : pass.NewMap(step, width, _expand.OutputChannels);
        FeatureMap into = pass.NewMap(height, width, OutputChannels);
        for (int row = 0; row < height; row += step)
        {
            pass.Pause();
            int end = int.Min(row + step, height);
            (int from, int to) = middle?.InputRows(row, end) ?? (row, end);
            ImageBand y = _start is null ? x.Band(from, to) : started.Hold(from, to), z = wide.Hold(from, to);
            Apply(_start, x.Whole, start, y, pass);
            Observe(_start, "dw_start", started, pass);
            _expand.Forward(y, z, pass);
            _expandNorm.Forward(z, pass);
            pass.Observe($"{_name}.pw_exp", wide);
            y = _middle is null ? z : reduced.Hold(row, end);
            Apply(_middle, z, middle, y, pass);
            Observe(_middle, "dw_mid", reduced, pass);
            Contract(y, x, into, pass);
        }

        pass.Observe(_name, into);
        return into;
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        _expand.Visit(visit);
        _contract.Visit(visit);
    }

    private static DepthwisePart? LoadDepthwise(WeightScope weights, int channels, int stride, bool gelu) =>
        weights.Has("conv.weight")
            ? new DepthwisePart(Depthwise.Load(weights.Child("conv"), channels, stride), MapNorm.Load(weights.Child("bn"), channels, gelu))
            : null;

    private static void Apply(DepthwisePart? part, ImageBand x, ConvolutionGrid? grid, ImageBand into, VisionPass pass)
    {
        if (part is not null && grid is ConvolutionGrid some)
        {
            part.Convolution.Forward(x, some, into, pass);
            part.Norm.Forward(into, pass);
        }
    }

    private void Contract(ImageBand y, FeatureMap x, FeatureMap into, VisionPass pass)
    {
        ImageBand target = into.Band(y.FirstRow, y.EndRow);
        _contract.Forward(y, target, pass);
        _contractNorm.Forward(target, pass);
        pass.Observe($"{_name}.pw_proj", into);
        AddRows.Run(target.Pixels, _layerScale, _skip ? x.Band(y.FirstRow, y.EndRow).Pixels : default, pass.Team);
    }

    private void Observe(DepthwisePart? part, string name, FeatureMap map, VisionPass pass)
    {
        if (part is not null)
        {
            pass.Observe($"{_name}.{name}", map);
        }
    }

    private sealed record DepthwisePart(Depthwise Convolution, MapNorm Norm);
}
