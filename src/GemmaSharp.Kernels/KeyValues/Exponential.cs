using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// exp(x) for x up to 0 in float32, within two units of the last place: 2^n times a polynomial of what is left (Cephes' expf). What would be below
/// the normal numbers is zero. Both widths give the same bits.
/// </summary>
internal static class Exponential
{
    private const float Log2E = 1.44269504f;

    // Adding it rounds to the nearest integer and leaves that in the low bits.
    private const float Rounder = 12582912f;

    // ln 2 in two parts, the first short enough for exact products with n.
    private const float MinusLn2Upper = -0.693359375f;
    private const float MinusLn2Lower = 2.12194440e-4f;
    private const float Smallest = -87.336540f; // ln 2^-126
    private const int ExponentBias = 127;
    private const int MantissaBits = 23;

    /// <summary>Of eight values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x)
    {
        Vector256<float> rounder = Vector256.Create(Rounder), shifted = Vector256.FusedMultiplyAdd(x, Vector256.Create(Log2E), rounder), n = shifted - rounder;
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(MinusLn2Lower), Vector256.FusedMultiplyAdd(n, Vector256.Create(MinusLn2Upper), x));
        Vector256<float> sum = Vector256.FusedMultiplyAdd(Vector256.Create(1.9875691500e-4f), r, Vector256.Create(1.3981999507e-3f));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(8.3334519073e-3f));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(4.1665795894e-2f));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1.6666665459e-1f));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(5.0000001201e-1f));
        sum = Vector256.FusedMultiplyAdd(sum, r * r, r) + Vector256<float>.One;
        Vector256<int> exponent = (shifted.AsInt32() - rounder.AsInt32() + Vector256.Create(ExponentBias)) << MantissaBits;
        return Vector256.AndNot(sum * exponent.AsSingle(), Vector256.LessThan(x, Vector256.Create(Smallest)));
    }

    /// <summary>Of sixteen values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        Vector512<float> rounder = Vector512.Create(Rounder), shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), rounder), n = shifted - rounder;
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(MinusLn2Lower), Vector512.FusedMultiplyAdd(n, Vector512.Create(MinusLn2Upper), x));
        Vector512<float> sum = Vector512.FusedMultiplyAdd(Vector512.Create(1.9875691500e-4f), r, Vector512.Create(1.3981999507e-3f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(8.3334519073e-3f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(4.1665795894e-2f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.6666665459e-1f));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(5.0000001201e-1f));
        sum = Vector512.FusedMultiplyAdd(sum, r * r, r) + Vector512<float>.One;
        Vector512<int> exponent = (shifted.AsInt32() - rounder.AsInt32() + Vector512.Create(ExponentBias)) << MantissaBits;
        return Vector512.AndNot(sum * exponent.AsSingle(), Vector512.LessThan(x, Vector512.Create(Smallest)));
    }
}
