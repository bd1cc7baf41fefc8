using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>The USM conformer: two strided convolutions, conformer blocks, every n-th frame kept.</summary>
internal sealed class AudioTower : IEncoderPart, IDisposable
{
    private readonly AudioConfig _config;
    private readonly ThreadTeam _team;
    private readonly SubsampleConv[] _subsample;
    private readonly EncoderLinear _input;
    private readonly ConformerBlock[] _blocks;

    private AudioTower(WeightScope weights, AudioConfig config, ThreadTeam team)
    {
        _config = config;
        _team = team;
        WeightScope front = weights.Child("subsample_conv_projection");
        _subsample = new SubsampleConv[config.SubsampleChannels.Count];
        int channels = 1, bins = config.InputFeatureSize;
        for (int index = 0; index < _subsample.Length; index++)
        {
            _subsample[index] = SubsampleConv.Load(
                front.Child($"conv_{index}"), channels, config.SubsampleChannels[index], config.SubsampleKernels[index], config.SubsampleStrides[index], config.GroupNormEpsilon);
            channels = config.SubsampleChannels[index];
            bins = _subsample[index].OutputFrequency(bins);
        }

        _input = EncoderLinear.Load(front.Child("input_proj_linear"), config.HiddenSize, bins * channels);
        _blocks = new ConformerBlock[config.LayerCount];
        for (int index = 0; index < _blocks.Length; index++)
        {
            _blocks[index] = ConformerBlock.Load(weights.Child("conformer").Child(index), config);
        }
    }

    /// <summary>Frames that make one row of the result.</summary>
    public int FramesPerRow => _config.SubsampleStrides.Aggregate(_config.ReductionFactor, (frames, stride) => frames * stride.Time);

    public static AudioTower Load(WeightScope weights, AudioConfig config, ThreadTeam team) => new(weights, config, team);

    /// <summary>Log-mel frames [time, bins] of one clip to [ceil(time / 4 / reduction), hidden].</summary>
    /// <param name="frames">The frames.</param>
    /// <param name="tap">Sees the activations.</param>
    /// <param name="pause">Called many times on the way; the threads may do other work in it.</param>
    public float[] Forward(Matrix frames, TensorTap? tap, Action? pause = null)
    {
        AudioScratch scratch = new(_team, tap);
        float[] values = frames.Values.ToArray();
        int time = frames.RowCount, width = frames.ColumnCount;
        for (int index = 0; index < _subsample.Length; index++)
        {
            pause?.Invoke();
            SubsampleConv convolution = _subsample[index];
            values = convolution.Forward(new Matrix(values, time, width), _team);
            time = convolution.OutputTime(time);
            width = values.Length / time;
            Report($"sscp.conv_{index}", values, time, convolution.OutputChannels, tap);
        }

        float[] hidden = new float[time * _config.HiddenSize];
        Matrix x = new(hidden, time, _config.HiddenSize);
        _input.Forward(new Matrix(values, time, width), x, _team);
        scratch.Observe("sscp", x);
        for (int index = 0; index < _blocks.Length; index++)
        {
            pause?.Invoke();
            _blocks[index].Forward(x, $"conformer.{index}", scratch);
        }

        return Reduce(x, tap);
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        foreach (IEncoderPart part in (IEnumerable<IEncoderPart>)[.. _subsample, _input, .. _blocks])
        {
            part.Visit(visit);
        }
    }

    public void Dispose() => Visit(weights => weights.Release());

    private float[] Reduce(Matrix x, TensorTap? tap)
    {
        int kept = ((x.RowCount - 1) / _config.ReductionFactor) + 1;
        float[] reduced = new float[kept * x.ColumnCount];
        for (int row = 0; row < kept; row++)
        {
            x[row * _config.ReductionFactor].CopyTo(reduced.AsSpan(row * x.ColumnCount));
        }

        tap?.Invoke("encoder", [kept, x.ColumnCount], reduced);
        return reduced;
    }

    // The reference's layout is [channels, time, frequency].
    private static void Report(string name, float[] values, int time, int channels, TensorTap? tap)
    {
        if (tap is null)
        {
            return;
        }

        int frequencies = values.Length / time / channels;
        float[] planar = new float[values.Length];
        for (int at = 0; at < values.Length; at++)
        {
            planar[(at % channels * time * frequencies) + (at / channels)] = values[at];
        }

        tap(name, [channels, time, frequencies], planar);
    }
}
