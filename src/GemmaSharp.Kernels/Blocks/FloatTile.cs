using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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

    private const int Side = 8;

    /// <summary>Turns [16, stride] into [count, 16]; <paramref name="count"/> is a multiple of eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* rows, int stride, int count, float* into)
    {
        for (int column = 0; column < count; column += Side)
        {
            for (int row = 0; row < Width; row += Side)
            {
                if (Avx.IsSupported)
                {
                    Square(rows + ((long)row * stride) + column, stride, into + ((long)column * Width) + row);
                }
                else
                {
                    SquareByElement(rows + ((long)row * stride) + column, stride, into + ((long)column * Width) + row);
                }
            }
        }
    }

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Square(float* rows, int stride, float* into)
    {
        // Rows i and i + 4 as the halves of one vector: [a0..3 | e0..3], [b.. | f..], ... and [a4..7 | e4..7], ...
        (Vector256<float> ae, Vector256<float> ae4) = Halves(rows, 4L * stride);
        (Vector256<float> bf, Vector256<float> bf4) = Halves(rows + stride, 4L * stride);
        (Vector256<float> cg, Vector256<float> cg4) = Halves(rows + (2L * stride), 4L * stride);
        (Vector256<float> dh, Vector256<float> dh4) = Halves(rows + (3L * stride), 4L * stride);
        Columns(ae, bf, cg, dh, into);
        Columns(ae4, bf4, cg4, dh4, into + (4 * Width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> First, Vector256<float> Second) Halves(float* row, long apart) => (
        Vector256.Create(Vector128.Load(row), Vector128.Load(row + apart)),
        Vector256.Create(Vector128.Load(row + 4), Vector128.Load(row + apart + 4)));

    // Four columns of eight rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns(Vector256<float> ae, Vector256<float> bf, Vector256<float> cg, Vector256<float> dh, float* into)
    {
        Vector256<double> ab01 = Avx.UnpackLow(ae, bf).AsDouble(), ab23 = Avx.UnpackHigh(ae, bf).AsDouble(); // a0 b0 a1 b1 | e0 f0 e1 f1
        Vector256<double> cd01 = Avx.UnpackLow(cg, dh).AsDouble(), cd23 = Avx.UnpackHigh(cg, dh).AsDouble(); // c0 d0 c1 d1 | g0 h0 g1 h1
        Avx.UnpackLow(ab01, cd01).AsSingle().Store(into); // a0 b0 c0 d0 | e0 f0 g0 h0
        Avx.UnpackHigh(ab01, cd01).AsSingle().Store(into + Width);
        Avx.UnpackLow(ab23, cd23).AsSingle().Store(into + (2 * Width));
        Avx.UnpackHigh(ab23, cd23).AsSingle().Store(into + (3 * Width));
    }

    private static void SquareByElement(float* rows, int stride, float* into)
    {
        for (int row = 0; row < Side; row++)
        {
            for (int column = 0; column < Side; column++)
            {
                into[(column * Width) + row] = rows[((long)row * stride) + column];
            }
        }
    }
}
