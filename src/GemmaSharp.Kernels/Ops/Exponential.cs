using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// e^x within one unit in the last place: x = n ln 2 + r, a polynomial of r (Cephes' expf) times 2^n in two steps, so that results too small
/// for a normal float come out rounded and those too large as infinity. The same bits by eights and by sixteens.
/// </summary>
internal static class Exponential
{
    private const float Lowest = -104f; // below, 0
    private const float Highest = 89f; // above, infinity
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Adding it rounds a float below 2^22 to the nearest integer, which is left in the low bits.
    private const float Rounder = 12582912f;
    private const int MantissaBits = 23;
    private const int One = 127 << MantissaBits;
    private const float C2 = 5.0000001201e-1f, C3 = 1.6666665459e-1f, C4 = 4.1665795894e-2f, C5 = 8.3334519073e-3f, C6 = 1.3981999507e-3f, C7 = 1.9875691500e-4f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x)
    {
        x = Vector256.MinNative(Vector256.Create(Highest), Vector256.MaxNative(Vector256.Create(Lowest), x));
        Vector256<float> shifted = Vector256.FusedMultiplyAdd(x, Vector256.Create(Log2E), Vector256.Create(Rounder));
        Vector256<float> n = shifted - Vector256.Create(Rounder);
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2High), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-Ln2Low), r);
        Vector256<float> p = Vector256.FusedMultiplyAdd(Vector256.Create(C7), r, Vector256.Create(C6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C5));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C4));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C3));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(C2));
        p = Vector256.FusedMultiplyAdd(p, r * r, r) + Vector256<float>.One;
        Vector256<int> power = shifted.AsInt32() - Vector256.Create(Rounder).AsInt32(), half = Vector256.ShiftRightArithmetic(power, 1);
        Vector256<float> first = (Vector256.ShiftLeft(half, MantissaBits) + Vector256.Create(One)).AsSingle();
        return p * first * (Vector256.ShiftLeft(power - half, MantissaBits) + Vector256.Create(One)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        x = Vector512.MinNative(Vector512.Create(Highest), Vector512.MaxNative(Vector512.Create(Lowest), x));
        Vector512<float> shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(Log2E), Vector512.Create(Rounder));
        Vector512<float> n = shifted - Vector512.Create(Rounder);
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        Vector512<float> p = Vector512.FusedMultiplyAdd(Vector512.Create(C7), r, Vector512.Create(C6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C5));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C2));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        Vector512<int> power = shifted.AsInt32() - Vector512.Create(Rounder).AsInt32(), half = Vector512.ShiftRightArithmetic(power, 1);
        Vector512<float> first = (Vector512.ShiftLeft(half, MantissaBits) + Vector512.Create(One)).AsSingle();
        return p * first * (Vector512.ShiftLeft(power - half, MantissaBits) + Vector512.Create(One)).AsSingle();
    }
}
