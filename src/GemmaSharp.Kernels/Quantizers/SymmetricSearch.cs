using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>
/// Finds s and codes l in -N..N-1 that bring s l near x: of 19 inverse scales around -N / largest it takes the one with the greatest
/// (Σ w x l)² / Σ w l², and s = Σ w x l / Σ w l².
/// </summary>
internal static unsafe class SymmetricSearch
{
    private const int Tries = 9;
    private const float Step = 0.1f;

    /// <summary>Writes l + N for eight groups, 0 in groups of nothing, and returns s.</summary>
    public static Vector256<float> Run(int length, int limit, float* x, float* weights, float* codes)
    {
        Vector256<float> largest = Lanes.Largest(length, x), nothing = Lanes.IsNothing(largest);
        Vector256<float> inverse = Vector256.Create((float)-limit) / largest;
        (Vector256<float> a, Vector256<float> b) = Sums(length, limit, inverse, x, weights);
        Vector256<float> scale = Vector256.ConditionalSelect(Vector256.Equals(b, default), default, a / b);
        Vector256<float> best = scale * a;
        for (int t = -Tries; t <= Tries; t++)
        {
            if (t == 0)
            {
                continue;
            }

            Vector256<float> candidate = Vector256.Create(-(limit + (Step * t))) / largest;
            (a, b) = Sums(length, limit, candidate, x, weights);
            Vector256<float> better = Vector256.GreaterThan(b, default) & Vector256.GreaterThan(a * a, best * b);
            inverse = Vector256.ConditionalSelect(better, candidate, inverse);
            scale = Vector256.ConditionalSelect(better, a / b, scale);
            best = Vector256.ConditionalSelect(better, scale * a, best);
        }

        for (int index = 0; index < length; index++)
        {
            Vector256<float> code = Lanes.Round(inverse * Lanes.At(x, index), -limit, limit - 1) + Vector256.Create((float)limit);
            Vector256.AndNot(code, nothing).Store(codes + (index * Lanes.Count));
        }

        return Vector256.AndNot(scale, nothing);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (Vector256<float> A, Vector256<float> B) Sums(int length, int limit, Vector256<float> inverse, float* x, float* weights)
    {
        Vector256<float> a = default, b = default;
        for (int index = 0; index < length; index++)
        {
            Vector256<float> value = Lanes.At(x, index), weight = Lanes.At(weights, index);
            Vector256<float> code = Lanes.Round(inverse * value, -limit, limit - 1);
            a += weight * value * code;
            b += weight * code * code;
        }

        return (a, b);
    }
}
