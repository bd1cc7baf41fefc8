using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>RMS norm over the channels of every pixel, with the bias before it and the GELU after it that the network has there.</summary>
internal sealed class MapNorm(float[] weight, bool gelu, float[] bias)
{
    public static MapNorm Load(WeightScope weights, int channels, bool gelu) => new(weights.Vector("weight", channels), gelu, []);

    /// <summary>The same of values that lack their bias.</summary>
    public MapNorm WithBias(float[] added) => new(weight, gelu, added);

    /// <summary>In place.</summary>
    public void Forward(ImageBand x, VisionPass pass) => Run(x.Pixels, x.Pixels, pass);

    /// <summary>Of x into another map.</summary>
    public void Forward(FeatureMap x, FeatureMap into, VisionPass pass) => Run(x.Pixels, into.Pixels, pass);

    private void Run(Matrix x, Matrix into, VisionPass pass) => new NormalizeRows
    {
        X = x,
        Into = into,
        Weight = weight,
        Bias = bias,
        Epsilon = VisionPass.Epsilon,
        Then = gelu ? Nonlinearity.GeluTanh : Nonlinearity.None,
    }.Run(pass.Team);
}
