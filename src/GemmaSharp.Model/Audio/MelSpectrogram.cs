using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.Audio;

/// <summary>Samples to log-mel frames, rounded where the reference rounds (audio.md 3.1).</summary>
internal sealed class MelSpectrogram
{
    // The extractor pads clips to a multiple of this at the end.
    private const int PadMultiple = 128;

    // A transform of 1024 points in double, in multiply-adds.
    private const long FrameCost = 1 << 17;
    private readonly MelConfig _config;
    private readonly MelFilters _filters;
    private readonly float[] _window;
    private readonly Fft _fft;

    public MelSpectrogram(MelConfig config)
    {
        _config = config;
        _filters = new MelFilters(config);
        _fft = new Fft(config.FftLength);
        _window = HannWindow.Periodic(config.FrameLength);
    }

    /// <summary>The window, [frame].</summary>
    public ReadOnlySpan<float> Window => _window;

    /// <summary>Fewest samples that give a frame.</summary>
    public int LeastSamples => _config.FrameLength + 1;

    /// <summary>Frames of a clip.</summary>
    public int FrameCount(int samples)
    {
        int padded = (samples + PadMultiple - 1) / PadMultiple * PadMultiple;
        return padded < LeastSamples ? 0 : ((padded - LeastSamples) / _config.HopLength) + 1;
    }

    /// <summary>The most samples that give no more than so many frames.</summary>
    public int SampleCount(long frames)
    {
        long last = LeastSamples + (frames * _config.HopLength) - 1;
        return (int)long.Min(int.MaxValue / 2, last / PadMultiple * PadMultiple);
    }

    /// <summary>Log-mel frames of a clip, [frames, bins]; the caller's thread makes them without a team.</summary>
    /// <exception cref="InvalidDataException">The clip is too short for one frame.</exception>
    public float[] Forward(ReadOnlySpan<float> samples, ThreadTeam? team = null)
    {
        int frames = FrameCount(samples.Length);
        if (samples.Length < LeastSamples || frames == 0)
        {
            throw new InvalidDataException(
                $"audio too short: {samples.Length} samples at {_config.SampleRate} Hz, at least {LeastSamples} expected");
        }

        float[] features = new float[frames * _config.BinCount];
        if (team is null)
        {
            Frames(samples, 0, features);
            return features;
        }

        FrameWork work = new(this, samples, features);
        team.Run(ref work, work.ItemCount, frames * FrameCost);
        return features;
    }

    private void Frames(ReadOnlySpan<float> samples, int first, Span<float> features)
    {
        double[] real = new double[_config.FftLength], imaginary = new double[_config.FftLength];
        float[] frame = new float[LeastSamples];
        for (int done = 0; done < features.Length; done += _config.BinCount, first++)
        {
            ReadOnlySpan<float> held = samples[int.Min(samples.Length, first * _config.HopLength)..];
            held = held[..int.Min(held.Length, frame.Length)];
            frame.AsSpan().Clear();
            Elementwise.Scale(held, _config.InputScale, frame);
            Transform(frame, real, imaginary);
            Span<float> into = features.Slice(done, _config.BinCount);
            for (int bin = 0; bin < into.Length; bin++)
            {
                double logarithm = double.Log(double.Max(_filters.Apply(bin, real), _config.Floor));
                into[bin] = (float)((logarithm - (_config.BinMeans?[bin] ?? 0)) / (_config.BinDeviations?[bin] ?? 1));
            }
        }
    }

    // real[k] = |FFT of the emphasised, windowed frame|, k = 0..fft/2
    private void Transform(ReadOnlySpan<float> frame, double[] real, double[] imaginary)
    {
        float emphasis = (float)_config.Preemphasis;
        Array.Clear(real);
        Array.Clear(imaginary);
        for (int at = 0; at < _window.Length; at++)
        {
            float emphasised;
            if (!_config.HtkPreemphasis)
            {
                emphasised = frame[at + 1] - (emphasis * frame[at]);
            }
            else
            {
                emphasised = at == 0 ? frame[0] * (1f - emphasis) : frame[at] - (emphasis * frame[at - 1]);
            }

            real[at] = emphasised * _window[at];
        }

        _fft.Forward(real, imaginary);
        for (int k = 0; k <= _config.FftLength / 2; k++)
        {
            real[k] = double.Hypot(real[k], imaginary[k]);
        }
    }

    // Frames of a clip shared by the team.
    private readonly ref struct FrameWork(MelSpectrogram mel, ReadOnlySpan<float> samples, Span<float> features) : IWork
    {
        private const int FramesPerItem = 32;
        private readonly ReadOnlySpan<float> _samples = samples;
        private readonly Span<float> _features = features;

        public int ItemCount => ((_features.Length / mel._config.BinCount) + FramesPerItem - 1) / FramesPerItem;

        public void Run(int item)
        {
            int length = FramesPerItem * mel._config.BinCount, start = item * length;
            mel.Frames(_samples, item * FramesPerItem, _features.Slice(start, int.Min(length, _features.Length - start)));
        }
    }
}
