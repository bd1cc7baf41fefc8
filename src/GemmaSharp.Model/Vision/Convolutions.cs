using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>A 1x1 convolution: one matrix product over the pixels.</summary>
internal sealed class Pointwise(EncoderLinear weights) : IEncoderPart
{
    public int OutputChannels => weights.OutputSize;

    public static Pointwise Load(WeightScope weights, int inputs) => new(EncoderLinear.Load(weights, weights.Size("weight", 0, 4), inputs));

    public FeatureMap Forward(FeatureMap x, VisionPass pass)
    {
        FeatureMap into = pass.NewMap(x.Height, x.Width, weights.OutputSize);
        Forward(x.Whole, into.Whole, pass);
        return into;
    }

    public void Forward(ImageBand x, ImageBand into, VisionPass pass) => weights.Forward(x.Pixels, into.Pixels, pass.Team);

    public void Visit(Action<IHeldWeights> visit) => weights.Visit(visit);
}

/// <summary>A dense k x k convolution with SAME padding; a bias is left to the norm behind it.</summary>
internal sealed class DenseConvolution(HeldWeights<ConvolutionWeights> weights, int outputs, int kernel, int stride) : IEncoderPart
{
    public int OutputChannels => outputs;

    public static DenseConvolution Load(WeightScope weights, int inputs, int stride)
    {
        int outputs = weights.Size("weight", 0, 4), kernel = weights.Size("weight", 2, 4);
        Func<float[]> stored = weights.TensorLoader("weight", outputs, inputs, kernel, kernel);
        Func<ConvolutionWeights> packed = () => ConvolutionWeights.Pack(stored(), outputs, inputs, kernel * kernel);
        return new DenseConvolution(new HeldWeights<ConvolutionWeights>(packed, held => held.Bytes), outputs, kernel, stride);
    }

    public ConvolutionGrid Grid(FeatureMap x) => ConvolutionGrid.Same(x.Height, x.Width, kernel, stride);

    /// <summary>The rows of <paramref name="into"/>, from an image that has the rows they look at.</summary>
    public void Forward(ImageBand x, ConvolutionGrid grid, ImageBand into, VisionPass pass) => weights.Take().Multiply(x, grid, into, pass.Team);

    public void Visit(Action<IHeldWeights> visit) => visit(weights);
}

/// <summary>A k x k convolution with a kernel of its own for every channel.</summary>
internal sealed class Depthwise(float[] byPlace, int kernel, int stride)
{
    public static Depthwise Load(WeightScope weights, int channels, int stride)
    {
        int kernel = weights.Size("weight", 2, 4), places = kernel * kernel;
        float[] stored = weights.Tensor("weight", channels, 1, kernel, kernel);
        float[] byPlace = new float[stored.Length]; // [places, channels]
        for (int at = 0; at < stored.Length; at++)
        {
            byPlace[(at % places * channels) + (at / places)] = stored[at];
        }

        return new Depthwise(byPlace, kernel, stride);
    }

    public ConvolutionGrid Grid(int height, int width) => ConvolutionGrid.Same(height, width, kernel, stride);

    /// <summary>The rows of <paramref name="into"/>, from an image that has the rows they look at.</summary>
    public void Forward(ImageBand x, ConvolutionGrid grid, ImageBand into, VisionPass pass) => DepthwiseConvolve.Run(x, byPlace, grid, into, pass.Team);
}
