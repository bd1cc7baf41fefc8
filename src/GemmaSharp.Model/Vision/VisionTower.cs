using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>MobileNetV5: stem, stages of blocks and the fusion of the last two stages. Its arrangement is read from the tensors.</summary>
internal sealed class VisionTower : IEncoderPart, IDisposable
{
    private const int HalvingStride = 2;
    private readonly DenseConvolution _stem;
    private readonly MapNorm _stemNorm;
    private readonly List<IVisionBlock[]> _stages = [];
    private readonly MultiScaleFusion _fusion;
    private readonly ThreadTeam _team;

    private VisionTower(WeightScope weights, ThreadTeam team)
    {
        const int colours = 3;
        _team = team;
        WeightScope stem = weights.Child("conv_stem");
        if (stem.Has("conv.weight") && !stem.Has("conv.bias"))
        {
            throw new WeightException(
                $"{stem.Path}.conv.bias is missing: this is a checkpoint from before July 2025, whose image weights were transposed; take a newer one");
        }

        _stem = DenseConvolution.Load(stem.Child("conv"), colours, HalvingStride);
        _stemNorm = MapNorm.Load(stem.Child("bn"), _stem.OutputChannels, gelu: true).WithBias(stem.Child("conv").Vector("bias", _stem.OutputChannels));
        int channels = _stem.OutputChannels, previous = 0;
        while (weights.Child("blocks").HasChild($"{_stages.Count}.0"))
        {
            previous = channels;
            channels = LoadStage(weights.Child("blocks").Child(_stages.Count), channels);
        }

        if (_stages.Count < 2)
        {
            throw new WeightException($"{weights.Path}.blocks: {_stages.Count} stages found, at least 2 expected");
        }

        _fusion = MultiScaleFusion.Load(weights.Child("msfa"), previous + channels);
    }

    /// <summary>Channels of the result.</summary>
    public int OutputChannels => _fusion.OutputChannels;

    public static VisionTower Load(WeightScope weights, ThreadTeam team) => new(weights, team);

    /// <summary>A picture [height, width, 3] to a grid of rows, [16, 16, channels].</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="tap">Sees the activations.</param>
    /// <param name="pause">Called many times on the way; the threads may do other work in it.</param>
    public FeatureMap Forward(FeatureMap picture, TensorTap? tap, Action? pause = null)
    {
        VisionPass pass = new(_team, tap, pause);
        ConvolutionGrid grid = _stem.Grid(picture);
        FeatureMap x = pass.NewMap(grid.Rows.Output, grid.Columns.Output, _stem.OutputChannels);
        _stem.Forward(picture.Whole, grid, x.Whole, pass);
        _stemNorm.Forward(x.Whole, pass);
        pass.Observe("stem", x);
        FeatureMap fine = x;
        foreach (IVisionBlock[] stage in _stages)
        {
            fine = x;
            foreach (IVisionBlock block in stage)
            {
                pass.Pause();
                x = block.Forward(x, pass);
                pass.KeepOnly(x, fine);
            }
        }

        pass.Pause();
        return _fusion.Forward(fine, x, pass);
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        _stem.Visit(visit);
        foreach (IVisionBlock block in _stages.SelectMany(stage => stage))
        {
            block.Visit(visit);
        }

        _fusion.Visit(visit);
    }

    public void Dispose() => Visit(weights => weights.Release());

    private int LoadStage(WeightScope weights, int channels)
    {
        List<IVisionBlock> blocks = [];
        while (weights.HasChild($"{blocks.Count}"))
        {
            WeightScope block = weights.Child(blocks.Count);
            string name = $"blocks.{_stages.Count}.{blocks.Count}";
            blocks.Add(LoadBlock(block, name, channels, blocks.Count == 0 ? HalvingStride : 1));
            channels = blocks[^1].OutputChannels;
        }

        _stages.Add([.. blocks]);
        return channels;
    }

    private static IVisionBlock LoadBlock(WeightScope weights, string name, int inputs, int stride)
    {
        if (weights.Has("conv_exp.weight"))
        {
            return EdgeResidual.Load(weights, name, inputs, stride);
        }

        return weights.Has("attn.query.proj.weight")
            ? MobileAttention.Load(weights, name, inputs)
            : InvertedResidual.Load(weights, name, inputs, stride);
    }
}
