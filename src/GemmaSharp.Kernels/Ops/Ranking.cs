using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Searches by size in long rows.</summary>
public static class Ranking
{
    /// <summary>The place of the largest value, the first among equals; values that are no numbers are never larger, and one in front stays.</summary>
    public static int IndexOfMax(ReadOnlySpan<float> values)
    {
        float max = Max(values);
        if (!float.IsNaN(max))
        {
            return values.IndexOf(max);
        }

        int best = 0;
        for (int at = 1; at < values.Length; at++)
        {
            best = values[at] > values[best] ? at : best;
        }

        return best;
    }

    /// <summary>The first place whose value is at least <paramref name="least"/>; -1 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int IndexOfAtLeast(ReadOnlySpan<float> values, float least)
    {
        Vector256<float> bound = Vector256.Create(least);
        int at = 0;
        for (; at + 32 <= values.Length; at += 32)
        {
            Vector256<float> lower = Vector256.GreaterThanOrEqual(Load(values, at), bound) | Vector256.GreaterThanOrEqual(Load(values, at + 8), bound);
            Vector256<float> upper = Vector256.GreaterThanOrEqual(Load(values, at + 16), bound) | Vector256.GreaterThanOrEqual(Load(values, at + 24), bound);
            if ((lower | upper).AsInt32() != Vector256<int>.Zero)
            {
                break;
            }
        }

        for (; at < values.Length; at++)
        {
            if (values[at] >= least)
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Σ exp(x * factor - shift) over the values below <paramref name="bound"/>, in double, in one order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SumExponentialsBelow(ReadOnlySpan<float> values, float bound, double factor, double shift)
    {
        Vector256<double> by = Vector256.Create(factor), from = Vector256.Create(shift), even = default, odd = default;
        int at = 0;
        for (; at + 8 <= values.Length; at += 8)
        {
            Vector256<float> x = Load(values, at);
            (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(x);
            (Vector256<long> isLower, Vector256<long> isUpper) = Vector256.Widen(Vector256.LessThan(x, Vector256.Create(bound)).AsInt32());
            even += Vector256.Exp((lower * by) - from) & isLower.AsDouble();
            odd += Vector256.Exp((upper * by) - from) & isUpper.AsDouble();
        }

        double sum = Vector256.Sum(even + odd);
        for (; at < values.Length; at++)
        {
            sum += values[at] < bound ? double.Exp((values[at] * factor) - shift) : 0;
        }

        return sum;
    }

    // NaN where any value is none.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Max(ReadOnlySpan<float> values)
    {
        Vector256<float> even = Vector256.Create(float.NegativeInfinity), odd = even;
        int at = 0;
        for (; at + 16 <= values.Length; at += 16)
        {
            even = Vector256.Max(even, Load(values, at));
            odd = Vector256.Max(odd, Load(values, at + 8));
        }

        even = Vector256.Max(even, odd);
        float max = float.NegativeInfinity;
        for (int lane = 0; lane < Vector256<float>.Count; lane++)
        {
            max = float.Max(max, even[lane]);
        }

        for (; at < values.Length; at++)
        {
            max = float.Max(max, values[at]);
        }

        return max;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load(ReadOnlySpan<float> values, int at) => Vector256.Create(values.Slice(at, 8));
}
