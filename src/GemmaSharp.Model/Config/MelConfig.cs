namespace GemmaSharp.Model.Config;

/// <summary>How sound becomes log-mel frames (audio.md 3).</summary>
public sealed record MelConfig
{
    /// <summary>Samples a second.</summary>
    public int SampleRate { get; init; } = 16000;

    /// <summary>Samples of a frame.</summary>
    public int FrameLength { get; init; } = 512;

    /// <summary>Samples from frame to frame.</summary>
    public int HopLength { get; init; } = 160;

    /// <summary>Points of the transform.</summary>
    public int FftLength { get; init; } = 1024;

    /// <summary>Mel bins.</summary>
    public int BinCount { get; init; } = 128;

    /// <summary>Lower edge of the first bin, Hz.</summary>
    public double MinFrequency { get; init; } = 125;

    /// <summary>Upper edge of the last bin, Hz.</summary>
    public double MaxFrequency { get; init; } = 7600;

    /// <summary>Share of the previous sample that is taken away.</summary>
    public double Preemphasis { get; init; } = 0.97;

    /// <summary>Whether the first sample of a frame is its own predecessor.</summary>
    public bool HtkPreemphasis { get; init; } = true;

    /// <summary>The least energy of a bin before the logarithm.</summary>
    public double Floor { get; init; } = 1e-5;

    /// <summary>What samples are multiplied by first.</summary>
    public float InputScale { get; init; } = 1;

    /// <summary>Taken from every bin's logarithm, [bins]; null in published files.</summary>
    public IReadOnlyList<double>? BinMeans { get; init; }

    /// <summary>What every bin's logarithm is divided by, [bins]; null in published files.</summary>
    public IReadOnlyList<double>? BinDeviations { get; init; }

    /// <summary>Samples that a clip of one window holds.</summary>
    public int MaxSamples => 30 * SampleRate;

    internal static MelConfig Read(JsonFields fields)
    {
        int rate = fields.Int("sampling_rate", 16000, 1000, 768000);
        int frame = Samples(fields, "frame_length", 512, rate), hop = Samples(fields, "hop_length", 160, rate);
        int length = 1;
        while (length < frame)
        {
            length *= 2;
        }

        int bins = fields.Int("feature_size", 128, 1, 4096);
        MelConfig config = new()
        {
            SampleRate = rate,
            FrameLength = frame,
            HopLength = hop,
            FftLength = fields.Bool("fft_overdrive", true) ? 2 * length : length,
            BinCount = bins,
            MinFrequency = fields.Number("min_frequency", 125, 0, rate / 2.0),
            MaxFrequency = fields.Number("max_frequency", 7600, 1, rate / 2.0),
            Preemphasis = fields.Number("preemphasis", 0.97, 0, 1),
            HtkPreemphasis = fields.Bool("preemphasis_htk_flavor", true),
            Floor = fields.Number("mel_floor", 1e-5, 1e-30, 1),
            InputScale = (float)fields.Number("input_scale_factor", 1, 1e-9, 1e9),
            BinMeans = fields.Numbers("per_bin_mean", bins, -1e6, 1e6),
            BinDeviations = fields.Numbers("per_bin_stddev", bins, 1e-9, 1e9),
        };
        if (config.MinFrequency >= config.MaxFrequency)
        {
            throw fields.Error($"min_frequency {config.MinFrequency} is not below max_frequency {config.MaxFrequency}");
        }

        return fields.Number("dither", 0, 0, 1) == 0 ? config : throw fields.Error("dither adds noise to the sound, 0 expected");
    }

    // Given in milliseconds, in samples, or both.
    private static int Samples(JsonFields fields, string name, int missing, int rate)
    {
        int samples = fields.Int(name, missing, 2, 1 << 16);
        if (!fields.Has(name + "_ms"))
        {
            return samples;
        }

        int counted = (int)double.Round(rate * fields.Number(name + "_ms", 0, 0.1, 10_000) / 1000);
        return !fields.Has(name) || counted == samples
            ? counted
            : throw fields.Error($"{name} is {samples} samples, but {name}_ms makes {counted}");
    }
}
