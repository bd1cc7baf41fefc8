using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Keeps what lies above mean + z deviations of a row, as a soft threshold: max(0, x - (mean + z sigma)).</summary>
public static class GaussianTopK
{
    /// <summary>In place. Sigma is the population's (divisor n), mean and sigma summed in double in one order.</summary>
    public static void Row(Span<float> values, float deviations)
    {
        double mean = Sum(values, 0, power: 1) / values.Length;
        float sigma = (float)double.Sqrt(Sum(values, mean, power: 2) / values.Length);
        Threshold(values, (float)mean + (sigma * deviations));
    }

    // Sum of (x - center) or of its square: four interleaved sums, joined at the end.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Sum(ReadOnlySpan<float> values, double center, int power)
    {
        Vector256<double> shift = Vector256.Create(center), even = default, odd = default;
        int at = 0;
        for (; at + 8 <= values.Length; at += 8)
        {
            (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(Vector256.Create(values.Slice(at, 8)));
            lower -= shift;
            upper -= shift;
            even += power == 2 ? lower * lower : lower;
            odd += power == 2 ? upper * upper : upper;
        }

        Vector256<double> lanes = even + odd;
        double sum = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
        for (; at < values.Length; at++)
        {
            double distance = values[at] - center;
            sum += power == 2 ? distance * distance : distance;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Threshold(Span<float> values, float cutoff)
    {
        Vector256<float> shift = Vector256.Create(cutoff);
        int at = 0;
        for (; at + 8 <= values.Length; at += 8)
        {
            Vector256.Max(Vector256<float>.Zero, Vector256.Create<float>(values.Slice(at, 8)) - shift).CopyTo(values[at..]);
        }

        for (; at < values.Length; at++)
        {
            values[at] = float.Max(0f, values[at] - cutoff);
        }
    }
}
