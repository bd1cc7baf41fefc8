using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Benchmarks;

/// <summary>What the processor does at best at this moment, to judge kernels by.</summary>
internal static class Machine
{
    /// <summary>Multiply-adds of <see cref="Fuse"/>.</summary>
    public const double FuseCount = 80.0 * FuseRounds;

    private const int FuseRounds = 1 << 18;

    /// <summary>Multiply-adds of floats in registers, <see cref="FuseCount"/> of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fuse(Span<float> into)
    {
        Vector256<float> a = default, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, factor = Vector256.Create(0.5f);
        for (int at = 0; at < FuseRounds; at++)
        {
            a = Vector256.FusedMultiplyAdd(a, factor, factor);
            b = Vector256.FusedMultiplyAdd(b, factor, factor);
            c = Vector256.FusedMultiplyAdd(c, factor, factor);
            d = Vector256.FusedMultiplyAdd(d, factor, factor);
            e = Vector256.FusedMultiplyAdd(e, factor, factor);
            f = Vector256.FusedMultiplyAdd(f, factor, factor);
            g = Vector256.FusedMultiplyAdd(g, factor, factor);
            h = Vector256.FusedMultiplyAdd(h, factor, factor);
            i = Vector256.FusedMultiplyAdd(i, factor, factor);
            j = Vector256.FusedMultiplyAdd(j, factor, factor);
        }

        (a + b + c + d + e + f + g + h + i + j).CopyTo(into);
    }
}
