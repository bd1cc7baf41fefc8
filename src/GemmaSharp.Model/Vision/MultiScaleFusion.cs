using GemmaSharp.Kernels.Ops;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>MSFA: the last two stages joined at the finer one's size, mixed by 1x1 convolutions and brought to a fixed grid.</summary>
internal sealed class MultiScaleFusion(Pointwise expand, MapNorm expandNorm, Pointwise contract, MapNorm contractNorm, MapNorm norm) : IEncoderPart
{
    /// <summary>Side of the result.</summary>
    public const int Side = 16;

    public int OutputChannels => contract.OutputChannels;

    public static MultiScaleFusion Load(WeightScope weights, int inputs)
    {
        WeightScope mixer = weights.Child("ffn");
        Pointwise expand = Pointwise.Load(mixer.Child("pw_exp").Child("conv"), inputs);
        Pointwise contract = Pointwise.Load(mixer.Child("pw_proj").Child("conv"), expand.OutputChannels);
        return new MultiScaleFusion(
            expand,
            MapNorm.Load(mixer.Child("pw_exp").Child("bn"), expand.OutputChannels, gelu: true),
            contract,
            MapNorm.Load(mixer.Child("pw_proj").Child("bn"), contract.OutputChannels, gelu: false),
            MapNorm.Load(weights.Child("norm"), contract.OutputChannels, gelu: false));
    }

    /// <summary>The finer and the coarser stage to [16, 16, channels].</summary>
    public FeatureMap Forward(FeatureMap fine, FeatureMap coarse, VisionPass pass)
    {
        FeatureMap joined = Join(fine, coarse, pass), mixed = pass.NewMap(fine.Height, fine.Width, contract.OutputChannels);
        int step = pass.BandRows(fine.Height, fine.Width * expand.OutputChannels);
        FeatureMap wide = pass.NewMap(step, fine.Width, expand.OutputChannels);
        for (int row = 0; row < fine.Height; row += step)
        {
            int end = int.Min(row + step, fine.Height);
            ImageBand inner = wide.Hold(row, end), outer = mixed.Band(row, end);
            expand.Forward(joined.Band(row, end), inner, pass);
            expandNorm.Forward(inner, pass);
            contract.Forward(inner, outer, pass);
            contractNorm.Forward(outer, pass);
        }

        pass.Observe("msfa.ffn", mixed);
        FeatureMap fused = ToSide(mixed);
        norm.Forward(fused.Whole, pass);
        pass.Observe("msfa", fused);
        return fused;
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        expand.Visit(visit);
        contract.Visit(visit);
    }

    private static FeatureMap Join(FeatureMap fine, FeatureMap coarse, VisionPass pass)
    {
        FeatureMap raised = pass.NewMap(fine.Height, fine.Width, coarse.Channels);
        ResizeGrid.Nearest(coarse.Pixels, coarse.Height, coarse.Width, fine.Height, fine.Width, raised.Pixels);
        FeatureMap joined = pass.NewMap(fine.Height, fine.Width, fine.Channels + coarse.Channels);
        for (int pixel = 0; pixel < joined.Pixels.RowCount; pixel++)
        {
            fine.Pixels[pixel].CopyTo(joined.Pixels[pixel]);
            raised.Pixels[pixel].CopyTo(joined.Pixels[pixel][fine.Channels..]);
        }

        return joined;
    }

    private static FeatureMap ToSide(FeatureMap x)
    {
        if (x.Height == Side && x.Width == Side)
        {
            return x;
        }

        FeatureMap into = new(Side, Side, x.Channels);
        if (x.Height % Side == 0 && x.Width % Side == 0)
        {
            ResizeGrid.Average(x.Pixels, x.Height, x.Width, Side, Side, into.Pixels);
        }
        else
        {
            ResizeGrid.Bilinear(x.Pixels, x.Height, x.Width, Side, Side, into.Pixels);
        }

        return into;
    }
}
