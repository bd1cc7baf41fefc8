using GemmaSharp.Kernels.Ops;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>RMS norm over the channels of every pixel, with a GELU after it where the network has one.</summary>
internal sealed class MapNorm(float[] weight, bool gelu)
{
    public static MapNorm Load(WeightScope weights, int channels, bool gelu) => new(weights.Vector("weight", channels), gelu);

    /// <summary>In place.</summary>
    public FeatureMap Forward(FeatureMap x, VisionPass pass)
    {
        NormalizeRows.Run(x.Pixels, weight, VisionPass.Epsilon, gelu, pass.Team);
        return x;
    }
}
