using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks;

/// <summary>
/// Sixteen rows of weights as floats, [columns, 16], and products with them: one fused multiply-add per column, ascending, from zero.
/// </summary>
internal static unsafe class FloatTile
{
    /// <summary>Rows of weights in a tile.</summary>
    public const int Width = 16;

    /// <summary>Rows of activations multiplied at once: 12 accumulators, 2 weights and 1 value fit 16 vector registers.</summary>
    public const int Height = 6;

    /// <summary>sums[16] = tile [count, 16] times one row of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyOne(float* tile, int count, float* x, float* sums)
    {
        Vector256<float> sum0 = default, sum1 = default;
        for (int column = 0; column < count; column++, tile += Width)
        {
            Vector256<float> value = Vector256.Create(x[column]);
            sum0 = Vector256.FusedMultiplyAdd(Vector256.Load(tile), value, sum0);
            sum1 = Vector256.FusedMultiplyAdd(Vector256.Load(tile + 8), value, sum1);
        }

        sum0.Store(sums);
        sum1.Store(sums + 8);
    }

    /// <summary>
    /// sums[6, 16] = tile [count, 16] times six rows of x, <paramref name="stride"/> floats apart. With fewer than six the last is taken
    /// again: the time of six, but one kernel.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplySix(float* tile, int count, float* x, long stride, int rows, float* sums)
    {
        int last = rows - 1;
        float* xB = x + (long.Min(1, last) * stride), xC = x + (long.Min(2, last) * stride);
        float* xD = x + (long.Min(3, last) * stride), xE = x + (long.Min(4, last) * stride), xF = x + (long.Min(5, last) * stride);
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector256<float> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        for (int column = 0; column < count; column++, tile += Width)
        {
            Vector256<float> w0 = Vector256.Load(tile), w1 = Vector256.Load(tile + 8);
            Vector256<float> value = Vector256.Create(x[column]);
            a0 = Vector256.FusedMultiplyAdd(w0, value, a0);
            a1 = Vector256.FusedMultiplyAdd(w1, value, a1);
            value = Vector256.Create(xB[column]);
            b0 = Vector256.FusedMultiplyAdd(w0, value, b0);
            b1 = Vector256.FusedMultiplyAdd(w1, value, b1);
            value = Vector256.Create(xC[column]);
            c0 = Vector256.FusedMultiplyAdd(w0, value, c0);
            c1 = Vector256.FusedMultiplyAdd(w1, value, c1);
            value = Vector256.Create(xD[column]);
            d0 = Vector256.FusedMultiplyAdd(w0, value, d0);
            d1 = Vector256.FusedMultiplyAdd(w1, value, d1);
            value = Vector256.Create(xE[column]);
            e0 = Vector256.FusedMultiplyAdd(w0, value, e0);
            e1 = Vector256.FusedMultiplyAdd(w1, value, e1);
            value = Vector256.Create(xF[column]);
            f0 = Vector256.FusedMultiplyAdd(w0, value, f0);
            f1 = Vector256.FusedMultiplyAdd(w1, value, f1);
        }

        Store(a0, a1, sums);
        Store(b0, b1, sums + Width);
        Store(c0, c1, sums + (2 * Width));
        Store(d0, d1, sums + (3 * Width));
        Store(e0, e1, sums + (4 * Width));
        Store(f0, f1, sums + (5 * Width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> lower, Vector256<float> upper, float* into)
    {
        lower.Store(into);
        upper.Store(into + 8);
    }
}
