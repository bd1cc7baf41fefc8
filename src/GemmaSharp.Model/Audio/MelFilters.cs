using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.Audio;

/// <summary>Triangular filters equally spaced on the HTK mel scale, kept sparse: most of their weights are zero.</summary>
internal sealed class MelFilters
{
    private readonly int[] _first;
    private readonly double[][] _weights;

    public MelFilters(MelConfig config)
    {
        double[] points = Points(config);
        int frequencies = (config.FftLength / 2) + 1;
        _first = new int[config.BinCount];
        _weights = new double[config.BinCount][];
        for (int bin = 0; bin < config.BinCount; bin++)
        {
            List<double> weights = [];
            for (int k = 0; k < frequencies; k++)
            {
                double frequency = (double)k * config.SampleRate / config.FftLength;
                double rising = (frequency - points[bin]) / (points[bin + 1] - points[bin]);
                double falling = (points[bin + 2] - frequency) / (points[bin + 2] - points[bin + 1]);
                double weight = double.Max(0, double.Min(rising, falling));
                if (weight > 0)
                {
                    _first[bin] = weights.Count == 0 ? k : _first[bin];
                    weights.Add(weight);
                }
            }

            _weights[bin] = [.. weights];
        }
    }

    /// <summary>Energy of a filter over magnitudes [fft / 2 + 1].</summary>
    public double Apply(int bin, ReadOnlySpan<double> magnitudes)
    {
        double energy = 0;
        double[] weights = _weights[bin];
        for (int at = 0; at < weights.Length; at++)
        {
            energy += magnitudes[_first[bin] + at] * weights[at];
        }

        return energy;
    }

    /// <summary>Weight of one frequency in one filter.</summary>
    public double Weight(int bin, int frequency)
    {
        int at = frequency - _first[bin];
        return at >= 0 && at < _weights[bin].Length ? _weights[bin][at] : 0;
    }

    // mel(f) = 2595 log10(1 + f / 700), bins + 2 points from the lowest to the highest frequency.
    private static double[] Points(MelConfig config)
    {
        double low = Mel(config.MinFrequency), high = Mel(config.MaxFrequency);
        double[] points = new double[config.BinCount + 2];
        for (int at = 0; at < points.Length; at++)
        {
            double mel = low + ((high - low) * at / (points.Length - 1));
            points[at] = 700 * (double.Pow(10, mel / 2595) - 1);
        }

        return points;

        static double Mel(double frequency) => 2595 * double.Log10(1 + (frequency / 700));
    }
}
