using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>x + end · silu(norm(clip(depthwise(glu(start · norm(x)))))); the depthwise convolution looks back in time only.</summary>
internal sealed class LightConv(AudioNorm preNorm, EncoderLinear start, float[] depthwise, AudioNorm convNorm, EncoderLinear end) : IEncoderPart
{
    public static LightConv Load(WeightScope weights, AudioConfig config)
    {
        int hidden = config.HiddenSize, size = config.ConvKernelSize;
        float[] stored = weights.Child("depthwise_conv1d").Tensor("weight", hidden, 1, size);
        float[] byTime = new float[stored.Length]; // [kernel, hidden]
        for (int at = 0; at < stored.Length; at++)
        {
            byTime[(at % size * hidden) + (at / size)] = stored[at];
        }

        return new LightConv(
            AudioNorm.Load(weights, "pre_layer_norm", hidden, config.RmsNormEpsilon, clipping: 0),
            EncoderLinear.Load(weights.Child("linear_start"), 2 * hidden, hidden),
            byTime,
            AudioNorm.Load(weights, "conv_norm", hidden, config.RmsNormEpsilon, config.GradientClipping),
            EncoderLinear.Load(weights.Child("linear_end"), hidden, hidden));
    }

    /// <summary>x [frames, hidden], in place.</summary>
    public void Forward(Matrix x, AudioScratch scratch)
    {
        int hidden = x.ColumnCount;
        Matrix gated = scratch.First(x.RowCount, hidden), wide = scratch.Wide(x.RowCount, 2 * hidden), convolved = scratch.Second(x.RowCount, hidden);
        preNorm.Forward(x, gated, scratch);
        start.Forward(gated, wide, scratch.Team);
        GateRows.Run(wide, gated, scratch.Team);
        Convolve(gated, convolved, scratch);
        convNorm.Forward(convolved, convolved, scratch, Nonlinearity.Silu);
        end.Forward(convolved, gated, scratch.Team);
        AddRows.Run(x, [], gated, scratch.Team);
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        start.Visit(visit);
        end.Visit(visit);
    }

    // Time runs down an image of one column.
    private void Convolve(Matrix x, Matrix into, AudioScratch scratch)
    {
        int size = depthwise.Length / x.ColumnCount;
        ConvolutionGrid grid = new(new ConvolutionAxis(x.RowCount, size, 1, size - 1, x.RowCount), new ConvolutionAxis(1, 1, 1, 0, 1));
        DepthwiseConvolve.Run(new ImageBand(x, 1), depthwise, grid, new ImageBand(into, 1), scratch.Team);
    }
}
