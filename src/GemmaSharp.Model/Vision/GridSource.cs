using GemmaSharp.Kernels.Ops;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>Keys or values of the grid attention: halved by a depthwise convolution where the checkpoint has one, then projected.</summary>
internal sealed class GridSource(string name, Depthwise? down, MapNorm? norm, Pointwise projection) : IEncoderPart
{
    private const int DownStride = 2;

    public int OutputChannels => projection.OutputChannels;

    public static GridSource Load(WeightScope weights, string name, int channels)
    {
        bool halved = weights.Has("down_conv.weight");
        return new GridSource(
            name,
            halved ? Depthwise.Load(weights.Child("down_conv"), channels, DownStride) : null,
            halved ? MapNorm.Load(weights.Child("norm"), channels, gelu: false) : null,
            Pointwise.Load(weights.Child("proj"), channels));
    }

    public FeatureMap Forward(FeatureMap x, VisionPass pass)
    {
        if (down is not null && norm is not null)
        {
            ConvolutionGrid grid = down.Grid(x.Height, x.Width);
            FeatureMap halved = pass.NewMap(grid.Rows.Output, grid.Columns.Output, x.Channels);
            down.Forward(x.Whole, grid, halved.Whole, pass);
            pass.Observe($"{name}.down_conv", halved);
            norm.Forward(halved.Whole, pass);
            pass.Observe($"{name}.norm", halved);
            x = halved;
        }

        FeatureMap y = projection.Forward(x, pass);
        pass.Observe($"{name}.proj", y);
        return y;
    }

    public void Visit(Action<IHeldWeights> visit) => projection.Visit(visit);
}
