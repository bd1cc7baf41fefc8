namespace GemmaSharp.Kernels.Ops;

/// <summary>Keeps what lies above mean + z deviations of a row, as a soft threshold: max(0, x - (mean + z sigma)).</summary>
public static class GaussianTopK
{
    /// <summary>In place. Sigma is the population's (divisor n), mean and sigma summed in double in one order.</summary>
    public static void Row(Span<float> values, float deviations)
    {
        double mean = 0;
        foreach (float value in values)
        {
            mean += value;
        }

        mean /= values.Length;
        double variance = 0;
        foreach (float value in values)
        {
            double distance = value - mean;
            variance += distance * distance;
        }

        float sigma = (float)double.Sqrt(variance / values.Length);
        float cutoff = (float)mean + (sigma * deviations);
        for (int at = 0; at < values.Length; at++)
        {
            values[at] = float.Max(0f, values[at] - cutoff);
        }
    }
}
