using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>A 1x1 convolution: one matrix product over the pixels.</summary>
internal sealed class Pointwise(Linear weights) : IDisposable
{
    public int OutputChannels => weights.OutputSize;

    public static Pointwise Load(WeightScope weights, int inputs) => new(new Linear(weights.Matrix("weight", weights.Size("weight", 0, 4), inputs)));

    public FeatureMap Forward(FeatureMap x, VisionPass pass)
    {
        FeatureMap into = pass.NewMap(x.Height, x.Width, weights.OutputSize);
        weights.Forward(x.Pixels, into.Pixels, pass.Team);
        return into;
    }

    public void Dispose() => weights.Dispose();
}

/// <summary>A dense k x k convolution with SAME padding and an optional bias, as a product over gathered patches.</summary>
internal sealed class DenseConvolution(Linear weights, float[] bias, int kernel, int stride) : IDisposable
{
    private const int TileValues = 1 << 19; // gathered inputs held at once

    public int OutputChannels => weights.OutputSize;

    public static DenseConvolution Load(WeightScope weights, int inputs, int stride, bool hasBias)
    {
        int outputs = weights.Size("weight", 0, 4), kernel = weights.Size("weight", 2, 4);
        WeightMatrix packed = ChannelsLast.Pack(weights.Tensor("weight", outputs, inputs, kernel, kernel), outputs, inputs, kernel * kernel);
        return new DenseConvolution(new Linear(packed), hasBias ? weights.Vector("bias", outputs) : [], kernel, stride);
    }

    public FeatureMap Forward(FeatureMap x, VisionPass pass)
    {
        ConvolutionGrid grid = new(x.Height, x.Width, kernel, stride);
        FeatureMap into = pass.NewMap(grid.OutputHeight, grid.OutputWidth, weights.OutputSize);
        int patch = kernel * kernel * x.Channels;
        int step = int.Clamp(TileValues / (patch * grid.OutputWidth), 1, grid.OutputHeight);
        float[] gathered = GC.AllocateUninitializedArray<float>(step * grid.OutputWidth * patch);
        for (int row = 0; row < grid.OutputHeight; row += step)
        {
            int pixels = int.Min(step, grid.OutputHeight - row) * grid.OutputWidth;
            Matrix patches = new(gathered, pixels, patch);
            GatherPatches.Run(x.Pixels, grid, row, patches, pass.Team);
            weights.Forward(patches, into.Pixels.Rows(row * grid.OutputWidth, pixels), pass.Team);
        }

        for (int pixel = 0; bias.Length > 0 && pixel < into.Pixels.RowCount; pixel++)
        {
            Elementwise.Add(into.Pixels[pixel], bias);
        }

        return into;
    }

    public void Dispose() => weights.Dispose();
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

    public FeatureMap Forward(FeatureMap x, VisionPass pass)
    {
        ConvolutionGrid grid = new(x.Height, x.Width, kernel, stride);
        FeatureMap into = pass.NewMap(grid.OutputHeight, grid.OutputWidth, x.Channels);
        DepthwiseConvolve.Run(x.Pixels, byPlace, grid, into.Pixels, pass.Team);
        return into;
    }
}
