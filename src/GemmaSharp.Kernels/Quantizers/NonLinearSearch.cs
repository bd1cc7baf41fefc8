using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>Finds s and codes that bring s T[code] near x, T the 16 values of the IQ4 types.</summary>
internal static unsafe class NonLinearSearch
{
    public const int Length = 32;

    private const int Tries = 7;

    // T[0], T[j + 1] - T[j] and the middle between the two; a value on the middle takes the upper.
    private const float Lowest = -127;

    private static ReadOnlySpan<float> Steps => [23, 21, 18, 16, 14, 13, 12, 11, 12, 12, 13, 15, 16, 20, 24];

    private static ReadOnlySpan<float> Middles => [-115.5f, -93.5f, -74, -57, -42, -28.5f, -16, -4.5f, 7, 19, 31.5f, 45.5f, 61, 79, 101];

    /// <summary>s for eight groups of 32, 0 for groups of nothing.</summary>
    public static Vector256<float> Run(float* x, float* weights)
    {
        Vector256<float> largest = Lanes.Largest(Length, x), nothing = Lanes.IsNothing(largest);
        Vector256<float> inverse = Vector256<float>.One / (-largest / Vector256.Create(Lowest));
        (Vector256<float> a, Vector256<float> b) = Sums(inverse, x, weights);
        Vector256<float> scale = Vector256.ConditionalSelect(Vector256.Equals(b, default), default, a / b), best = scale * a;
        for (int t = -Tries; t <= Tries; t++)
        {
            (a, b) = Sums(Vector256.Create(t + Lowest) / largest, x, weights);
            Vector256<float> better = Vector256.GreaterThan(b, default) & Vector256.GreaterThan(a * a, best * b);
            scale = Vector256.ConditionalSelect(better, a / b, scale);
            best = Vector256.ConditionalSelect(better, scale * a, best);
        }

        return Vector256.AndNot(scale, nothing);
    }

    /// <summary>The codes of 32 values for a scale; 1 / scale is taken as 0 for scale 0.</summary>
    public static void Encode(float* x, float scale, byte* codes)
    {
        Vector256<float> inverse = Vector256.Create(scale == 0 ? 0 : 1 / scale);
        Vector256<int> wide0 = Code(Vector256.Load(x) * inverse), wide1 = Code(Vector256.Load(x + 8) * inverse);
        Vector256<int> wide2 = Code(Vector256.Load(x + 16) * inverse), wide3 = Code(Vector256.Load(x + 24) * inverse);
        Vector256.Narrow(Vector256.Narrow(wide0, wide1), Vector256.Narrow(wide2, wide3)).AsByte().Store(codes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (Vector256<float> A, Vector256<float> B) Sums(Vector256<float> inverse, float* x, float* weights)
    {
        Vector256<float> a = default, b = default;
        for (int index = 0; index < Length; index++)
        {
            Vector256<float> value = Lanes.At(x, index), nearest = Nearest(value * inverse);
            Vector256<float> weighted = Lanes.At(weights, index) * nearest;
            a += weighted * value;
            b += weighted * nearest;
        }

        return (a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Nearest(Vector256<float> values)
    {
        Vector256<float> nearest = Vector256.Create(Lowest);
        for (int code = 0; code < Steps.Length; code++)
        {
            nearest += Vector256.GreaterThanOrEqual(values, Vector256.Create(Middles[code])) & Vector256.Create(Steps[code]);
        }

        return nearest;
    }

    private static Vector256<int> Code(Vector256<float> values)
    {
        Vector256<int> code = default;
        foreach (float middle in Middles)
        {
            code -= Vector256.GreaterThanOrEqual(values, Vector256.Create(middle)).AsInt32();
        }

        return code;
    }
}
