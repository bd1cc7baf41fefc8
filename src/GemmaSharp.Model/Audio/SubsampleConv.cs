using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>One strided convolution over (time, frequency), its cumulative norm and a ReLU; channels innermost throughout.</summary>
internal sealed class SubsampleConv : IEncoderPart
{
    private const int FrequencyPadding = 1; // left and right, whatever the kernel
    private readonly HeldWeights<ConvolutionWeights> _kernel;
    private readonly float[] _normWeight;
    private readonly float _epsilon;
    private readonly int _inputs;
    private readonly (int Time, int Frequency) _size;
    private readonly (int Time, int Frequency) _stride;

    private SubsampleConv(HeldWeights<ConvolutionWeights> kernel, float[] normWeight, float epsilon, int inputs, (int Time, int Frequency) size, (int Time, int Frequency) stride)
    {
        _kernel = kernel;
        _normWeight = normWeight;
        _epsilon = epsilon;
        _inputs = inputs;
        _size = size;
        _stride = stride;
    }

    /// <summary>Channels of the result.</summary>
    public int OutputChannels => _normWeight.Length;

    public static SubsampleConv Load(
        WeightScope weights, int inputs, int outputs, (int Time, int Frequency) size, (int Time, int Frequency) stride, float epsilon)
    {
        Func<float[]> stored = weights.Child("conv").TensorLoader("weight", outputs, inputs, size.Time, size.Frequency);
        HeldWeights<ConvolutionWeights> kernel = new(() => ConvolutionWeights.Pack(stored(), outputs, inputs, size.Time * size.Frequency), held => held.Bytes);
        float[] norm = weights.Child("norm").Vector("weight", outputs);
        return new SubsampleConv(kernel, norm, epsilon, inputs, size, stride);
    }

    /// <summary>Frames after the convolution: time is padded behind, so the result looks ahead.</summary>
    public int OutputTime(int time) => ((time - 1) / _stride.Time) + 1;

    /// <summary>Bins after the convolution.</summary>
    public int OutputFrequency(int frequency) => ((frequency + (2 * FrequencyPadding) - _size.Frequency) / _stride.Frequency) + 1;

    /// <summary>x [time, frequency * inputs] to [time', frequency' * outputs].</summary>
    public float[] Forward(Matrix x, ThreadTeam team)
    {
        int bins = x.ColumnCount / _inputs, time = OutputTime(x.RowCount), frequency = OutputFrequency(bins);
        ConvolutionGrid grid = new(
            new ConvolutionAxis(x.RowCount, _size.Time, _stride.Time, Before: 0, time),
            new ConvolutionAxis(bins, _size.Frequency, _stride.Frequency, FrequencyPadding, frequency));
        float[] result = GC.AllocateUninitializedArray<float>(time * frequency * OutputChannels);
        ImageBand image = new(new Matrix(x.Values, x.RowCount * bins, _inputs), bins), into = new(new Matrix(result, time * frequency, OutputChannels), frequency);
        _kernel.Take().Multiply(image, grid, into, team);
        CumulativeNormalize.Run(new Matrix(result, time, frequency * OutputChannels), _normWeight, _epsilon, team);
        return result;
    }

    public void Visit(Action<IHeldWeights> visit) => visit(_kernel);
}
