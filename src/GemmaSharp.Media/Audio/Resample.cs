namespace GemmaSharp.Media.Audio;

/// <summary>Any rate to another by a windowed sinc: zero phase, stop band 100 dB down.</summary>
public static class Resample
{
    private const int HalfLobes = 64;
    private const double KaiserBeta = 10.06; // 100 dB
    private const double CutoffShare = 0.95; // of the lower Nyquist frequency

    /// <summary>Samples at <paramref name="rate"/>; ceil(n * rate / clip rate) of them.</summary>
    public static float[] To(AudioClip clip, int rate)
    {
        if (clip.SampleRate == rate)
        {
            return clip.Samples;
        }

        int divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(rate, clip.SampleRate);
        int up = rate / divisor, down = clip.SampleRate / divisor;
        double cutoff = CutoffShare * double.Min(1, (double)rate / clip.SampleRate); // of the source's Nyquist frequency
        int half = (int)double.Ceiling(HalfLobes / cutoff);
        double[][] phases = new double[up][];
        float[] into = new float[(((long)clip.Samples.Length * up) + down - 1) / down];
        for (int at = 0; at < into.Length; at++)
        {
            long place = (long)at * down;
            int phase = (int)(place % up), center = (int)(place / up);
            double[] weights = phases[phase] ??= Weights((double)phase / up, cutoff, half);
            double sum = 0;
            int first = int.Max(0, center - half + 1), end = int.Min(clip.Samples.Length, center + half + 1);
            for (int source = first; source < end; source++)
            {
                sum += clip.Samples[source] * weights[source - center + half - 1];
            }

            into[at] = (float)sum;
        }

        return into;
    }

    // Weights of the samples center-half+1 .. center+half for a place `fraction` after the center.
    private static double[] Weights(double fraction, double cutoff, int half)
    {
        double[] weights = new double[2 * half];
        for (int tap = 0; tap < weights.Length; tap++)
        {
            double distance = tap - half + 1 - fraction, share = distance / half;
            double angle = double.Pi * distance * cutoff;
            double sinc = angle == 0 ? 1 : double.Sin(angle) / angle;
            double window = double.Abs(share) >= 1 ? 0 : Bessel(KaiserBeta * double.Sqrt(1 - (share * share))) / Bessel(KaiserBeta);
            weights[tap] = cutoff * sinc * window;
        }

        return weights;
    }

    // Modified Bessel function of the first kind, order zero.
    private static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (int k = 1; term > sum * 1e-17; k++)
        {
            term *= x * x / (4.0 * k * k);
            sum += term;
        }

        return sum;
    }
}
