using GemmaSharp.Kernels.Ops;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>Fused inverted bottleneck: dense convolution, norm, GELU, 1x1 convolution, norm; a skip where shapes allow.</summary>
internal sealed class EdgeResidual(string name, DenseConvolution expand, MapNorm first, Pointwise contract, MapNorm second, bool skip) : IVisionBlock
{
    public int OutputChannels => contract.OutputChannels;

    public static EdgeResidual Load(WeightScope weights, string name, int inputs, int stride)
    {
        DenseConvolution expand = DenseConvolution.Load(weights.Child("conv_exp"), inputs, stride);
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
        ConvolutionGrid grid = expand.Grid(x);
        int height = grid.Rows.Output, width = grid.Columns.Output, step = pass.BandRows(height, width * expand.OutputChannels);
        FeatureMap narrow = pass.NewMap(height, width, contract.OutputChannels), wide = pass.NewMap(step, width, expand.OutputChannels);
        for (int row = 0; row < height; row += step)
        {
            pass.Pause();
            int end = int.Min(row + step, height);
            ImageBand inner = wide.Hold(row, end), outer = narrow.Band(row, end);
            expand.Forward(x.Whole, grid, inner, pass);
            first.Forward(inner, pass);
            pass.Observe($"{name}.bn1", wide);
            contract.Forward(inner, outer, pass);
            second.Forward(outer, pass);
            pass.Observe($"{name}.bn2", narrow);
            if (skip)
            {
                AddRows.Run(outer.Pixels, [], x.Band(row, end).Pixels, pass.Team);
            }
        }

        pass.Observe(name, narrow);
        return narrow;
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        expand.Visit(visit);
        contract.Visit(visit);
    }
}
