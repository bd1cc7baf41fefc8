using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>
/// Finds s and codes l in 0..N that bring s l near x >= 0: of nine inverse scales around N / highest the one of smallest squared error,
/// then codes are improved one at a time.
/// </summary>
internal static unsafe class PositiveSearch
{
    private const int Tries = 4;
    private const float Step = 0.1f;

    /// <summary>Writes the codes of eight groups and returns s; groups of nothing have 0 for both.</summary>
    public static Vector256<float> Run(int length, int top, float* x, float* weights, float* codes)
    {
        Vector256<float> highest = Highest(length, x), nothing = Lanes.IsNothing(highest);
        Vector256<float> inverse = Vector256.Create((float)top) / highest;
        Vector256<float> best = Error(length, top, inverse, x, weights);
        for (int t = -Tries; t <= Tries; t++)
        {
            if (t == 0)
            {
                continue;
            }

            Vector256<float> candidate = Vector256.Create((Step * t) + top) / highest;
            Vector256<float> error = Error(length, top, candidate, x, weights);
            Vector256<float> better = Vector256.LessThan(error, best);
            inverse = Vector256.ConditionalSelect(better, candidate, inverse);
            best = Vector256.ConditionalSelect(better, error, best);
        }

        inverse = Vector256.AndNot(inverse, nothing);
        for (int index = 0; index < length; index++)
        {
            Lanes.Round(inverse * Lanes.At(x, index), 0, top).Store(codes + (index * Lanes.Count));
        }

        return new CoordinateSearch(0, top, othersCount: true).Refine(length, x, weights, codes);
    }

    /// <summary>The same without weights: s = highest / N, codes by rounding.</summary>
    public static Vector256<float> Plain(int length, int top, float* x, float* codes)
    {
        Vector256<float> highest = Highest(length, x);
        Vector256<float> inverse = Vector256.ConditionalSelect(
            Vector256.GreaterThan(highest, default), Vector256.Create((float)top) / highest, default);
        for (int index = 0; index < length; index++)
        {
            Lanes.Round(inverse * Lanes.At(x, index), 0, top).Store(codes + (index * Lanes.Count));
        }

        return highest / Vector256.Create((float)top);
    }

    private static Vector256<float> Highest(int length, float* x)
    {
        Vector256<float> highest = default;
        for (int index = 0; index < length; index++)
        {
            highest = Vector256.Max(highest, Lanes.At(x, index));
        }

        return highest;
    }

    private static Vector256<float> Error(int length, int top, Vector256<float> inverse, float* x, float* weights)
    {
        Vector256<float> error = default, scale = Vector256<float>.One / inverse;
        for (int index = 0; index < length; index++)
        {
            Vector256<float> value = Lanes.At(x, index);
            Vector256<float> difference = value - (scale * Lanes.Round(inverse * value, 0, top));
            error += Lanes.At(weights, index) * difference * difference;
        }

        return error;
    }
}
