using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>
/// Finds s, m >= 0 and codes l in 0..N that bring s l - m near x: inverse scales around N / (highest - lowest) give codes, the codes the
/// least-squares s and m, and the smallest error wins. A minimum that won is the one the following tries start from.
/// </summary>
/// <param name="top">N.</param>
/// <param name="start">What the first try adds to N.</param>
/// <param name="step">What every further try adds.</param>
/// <param name="tries">Tries after the first.</param>
/// <param name="absolute">Whether errors count by magnitude, else squared.</param>
internal readonly unsafe struct AsymmetricSearch(int top, float start, float step, int tries, bool absolute)
{
    /// <summary>The search with importances.</summary>
    public static AsymmetricSearch Weighted(int top) => new(top, -0.9f, 0.05f, 36, absolute: false);

    /// <summary>Writes the codes of eight groups and returns s; a constant group of at most zero has s = 0 and codes 0.</summary>
    public Vector256<float> Run(int length, float* x, float* weights, float* codes, out Vector256<float> minimum)
    {
        (Vector256<float> lowest, Vector256<float> highest) = Range(length, x);
        Vector256<float> flat = Vector256.Equals(lowest, highest);
        (Vector256<float> sumW, Vector256<float> sumX) = Totals(length, x, weights);
        Vector256<float> inverse = Vector256.Create((float)top) / (highest - lowest), scale = Vector256<float>.One / inverse;
        Vector256<float> codesFrom = lowest;
        Encode(length, x, inverse, lowest, codes);
        Vector256<float> best = Error(length, x, weights, codes, scale, lowest);
        for (int t = 0; t <= tries; t++)
        {
            Vector256<float> candidate = Vector256.Create(start + (step * t) + top) / (highest - lowest);
            (Vector256<float> s1, Vector256<float> s2, Vector256<float> s3) = Sums(length, x, weights, candidate, lowest, codes);
            Vector256<float> determinant = (sumW * s2) - (s1 * s1);
            Vector256<float> newScale = ((sumW * s3) - (sumX * s1)) / determinant, newLowest = ((s2 * sumX) - (s1 * s3)) / determinant;
            Vector256<float> above = Vector256.GreaterThan(newLowest, default);
            newLowest = Vector256.AndNot(newLowest, above);
            newScale = Vector256.ConditionalSelect(above, s3 / s2, newScale);
            Vector256<float> error = Error(length, x, weights, codes, newScale, newLowest);
            Vector256<float> better = Vector256.GreaterThan(determinant, default) & Vector256.LessThan(error, best);
            inverse = Vector256.ConditionalSelect(better, candidate, inverse);
            codesFrom = Vector256.ConditionalSelect(better, lowest, codesFrom);
            best = Vector256.ConditionalSelect(better, error, best);
            scale = Vector256.ConditionalSelect(better, newScale, scale);
            lowest = Vector256.ConditionalSelect(Vector256.AndNot(better, flat), newLowest, lowest);
        }

        Encode(length, x, Vector256.AndNot(inverse, flat), codesFrom, codes);
        minimum = -lowest;
        return Vector256.AndNot(scale, flat);
    }

    private static (Vector256<float> Lowest, Vector256<float> Highest) Range(int length, float* x)
    {
        Vector256<float> lowest = Lanes.At(x, 0), highest = lowest;
        for (int index = 1; index < length; index++)
        {
            // Not Min and Max: of zeros of both signs the first must stay.
            Vector256<float> value = Lanes.At(x, index);
            lowest = Vector256.ConditionalSelect(Vector256.LessThan(value, lowest), value, lowest);
            highest = Vector256.ConditionalSelect(Vector256.GreaterThan(value, highest), value, highest);
        }

        return (Vector256.AndNot(lowest, Vector256.GreaterThan(lowest, default)), highest);
    }

    private static (Vector256<float> W, Vector256<float> X) Totals(int length, float* x, float* weights)
    {
        Vector256<float> sumW = Lanes.At(weights, 0), sumX = sumW * Lanes.At(x, 0);
        for (int index = 1; index < length; index++)
        {
            Vector256<float> weight = Lanes.At(weights, index);
            sumW += weight;
            sumX += weight * Lanes.At(x, index);
        }

        return (sumW, sumX);
    }

    private void Encode(int length, float* x, Vector256<float> inverse, Vector256<float> lowest, float* codes)
    {
        for (int index = 0; index < length; index++)
        {
            Lanes.Round(inverse * (Lanes.At(x, index) - lowest), 0, top).Store(codes + (index * Lanes.Count));
        }
    }

    // Codes, and Σ w l, Σ w l², Σ w l x.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (Vector256<float> L, Vector256<float> LL, Vector256<float> LX) Sums(
        int length, float* x, float* weights, Vector256<float> inverse, Vector256<float> lowest, float* codes)
    {
        Vector256<float> l = default, ll = default, lx = default;
        for (int index = 0; index < length; index++)
        {
            Vector256<float> value = Lanes.At(x, index);
            Vector256<float> code = Lanes.Round(inverse * (value - lowest), 0, top);
            code.Store(codes + (index * Lanes.Count));
            Vector256<float> weighted = Lanes.At(weights, index) * code;
            l += weighted;
            ll += weighted * code;
            lx += weighted * value;
        }

        return (l, ll, lx);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector256<float> Error(
        int length, float* x, float* weights, float* codes, Vector256<float> scale, Vector256<float> lowest)
    {
        Vector256<float> error = default;
        for (int index = 0; index < length; index++)
        {
            Vector256<float> difference = (scale * Lanes.At(codes, index)) + lowest - Lanes.At(x, index);
            difference = absolute ? Vector256.Abs(difference) : difference * difference;
            error += Lanes.At(weights, index) * difference;
        }

        return error;
    }
}
