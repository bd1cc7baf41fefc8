using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>One strided convolution over (time, frequency), its cumulative norm and a ReLU; channels innermost throughout.</summary>
internal sealed class SubsampleConv : IDisposable
{
    private const int FrequencyPadding = 1; // left and right, whatever the kernel
    private const int TileValues = 1 << 20; // gathered inputs held at once
    private readonly Linear _kernel;
    private readonly CumulativeGroupNorm _norm;
    private readonly int _inputs;
    private readonly (int Time, int Frequency) _size;
    private readonly (int Time, int Frequency) _stride;

    private SubsampleConv(Linear kernel, CumulativeGroupNorm norm, int inputs, (int Time, int Frequency) size, (int Time, int Frequency) stride)
    {
        _kernel = kernel;
        _norm = norm;
        _inputs = inputs;
        _size = size;
        _stride = stride;
    }

    /// <summary>Channels of the result.</summary>
    public int OutputChannels => _kernel.OutputSize;

    public static SubsampleConv Load(
        WeightScope weights, int inputs, int outputs, (int Time, int Frequency) size, (int Time, int Frequency) stride, float epsilon)
    {
        float[] stored = weights.Child("conv").Tensor("weight", outputs, inputs, size.Time, size.Frequency);
        WeightMatrix kernel = ChannelsLast.Pack(stored, outputs, inputs, size.Time * size.Frequency);
        float[] norm = weights.Child("norm").Vector("weight", outputs);
        return new SubsampleConv(new Linear(kernel), new CumulativeGroupNorm(norm, epsilon), inputs, size, stride);
    }

    /// <summary>Frames after the convolution: time is padded behind, so the result looks ahead.</summary>
    public int OutputTime(int time) => ((time - 1) / _stride.Time) + 1;

    /// <summary>Bins after the convolution.</summary>
    public int OutputFrequency(int frequency) => ((frequency + (2 * FrequencyPadding) - _size.Frequency) / _stride.Frequency) + 1;

    /// <summary>x [time, frequency * inputs] to [time', frequency' * outputs].</summary>
    public float[] Forward(Matrix x, ThreadTeam team)
    {
        int time = OutputTime(x.RowCount), frequency = OutputFrequency(x.ColumnCount / _inputs);
        int patch = _size.Time * _size.Frequency * _inputs;
        float[] result = new float[time * frequency * OutputChannels];
        int step = int.Clamp(TileValues / (frequency * patch), 1, time);
        float[] gathered = new float[step * frequency * patch];
        for (int first = 0; first < time; first += step)
        {
            int count = int.Min(step, time - first);
            for (int at = 0; at < count * frequency; at++)
            {
                Gather(x, first + (at / frequency), at % frequency, gathered.AsSpan(at * patch, patch));
            }

            int rows = count * frequency;
            Matrix into = new(result.AsSpan(first * frequency * OutputChannels), rows, OutputChannels);
            _kernel.Forward(new Matrix(gathered, rows, patch), into, team);
        }

        _norm.Forward(new Matrix(result, time, frequency * OutputChannels));
        Activation.Relu(result);
        return result;
    }

    public void Dispose() => _kernel.Dispose();

    // [kernel time, kernel frequency, inputs], zeros outside
    private void Gather(Matrix x, int time, int frequency, Span<float> into)
    {
        int bins = x.ColumnCount / _inputs;
        into.Clear();
        for (int kt = 0; kt < _size.Time; kt++)
        {
            int row = (time * _stride.Time) + kt;
            for (int kf = 0; row < x.RowCount && kf < _size.Frequency; kf++)
            {
                int bin = (frequency * _stride.Frequency) + kf - FrequencyPadding;
                if (bin >= 0 && bin < bins)
                {
                    x[row].Slice(bin * _inputs, _inputs).CopyTo(into[(((kt * _size.Frequency) + kf) * _inputs)..]);
                }
            }
        }
    }
}
