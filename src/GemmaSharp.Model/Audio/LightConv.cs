using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>x + end · silu(norm(clip(depthwise(glu(start · norm(x)))))); the depthwise convolution looks back in time only.</summary>
internal sealed class LightConv(RmsNorm preNorm, Linear start, float[] depthwise, RmsNorm convNorm, Linear end, AudioConfig config) : IDisposable
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
            RmsNorm.Load(weights, "pre_layer_norm", hidden, config.RmsNormEpsilon),
            new Linear(weights.Child("linear_start").Matrix("weight", 2 * hidden, hidden)),
            byTime,
            RmsNorm.Load(weights, "conv_norm", hidden, config.RmsNormEpsilon),
            new Linear(weights.Child("linear_end").Matrix("weight", hidden, hidden)),
            config);
    }

    /// <summary>x [frames, hidden], in place.</summary>
    public void Forward(Matrix x, AudioScratch scratch)
    {
        int hidden = x.ColumnCount;
        Matrix gated = scratch.First(x.RowCount, hidden), wide = scratch.Wide(x.RowCount, 2 * hidden), convolved = scratch.Second(x.RowCount, hidden);
        preNorm.Forward(x, gated);
        start.Forward(gated, wide, scratch.Team);
        for (int frame = 0; frame < x.RowCount; frame++)
        {
            Span<float> gate = wide[frame][hidden..];
            Activation.Sigmoid(gate);
            wide[frame][..hidden].CopyTo(gated[frame]);
            Elementwise.Multiply(gated[frame], gate);
        }

        for (int frame = 0; frame < x.RowCount; frame++)
        {
            Convolve(gated, frame, convolved[frame]);
        }

        Elementwise.Clamp(convolved.Values, config.GradientClipping);
        convNorm.Forward(convolved, convolved);
        Activation.Silu(convolved.Values);
        end.Forward(convolved, gated, scratch.Team);
        Elementwise.Add(x.Values, gated.Values);
    }

    public void Dispose()
    {
        start.Dispose();
        end.Dispose();
    }

    private void Convolve(Matrix x, int frame, Span<float> into)
    {
        int size = config.ConvKernelSize, hidden = x.ColumnCount;
        into.Clear();
        for (int at = 0; at < size; at++)
        {
            int source = frame - (size - 1) + at;
            if (source >= 0)
            {
                ElementwiseTriple.AddProduct(into, depthwise.AsSpan(at * hidden, hidden), x[source]);
            }
        }
    }
}
