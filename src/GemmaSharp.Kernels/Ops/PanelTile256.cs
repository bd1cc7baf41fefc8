using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Tiles of one panel and half the rows by 256-bit vectors: 12 sums, 2 weights and an input of 16 registers.</summary>
internal static unsafe class PanelTile256
{
    private const int PanelRows = 16;
    private const int Stride = PanelTile.InputStride;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* panel, float* x, int columns, float* totals, nint stride, bool fresh)
    {
        for (int start = 0; start < columns; start += PanelTile.BlockColumns)
        {
            bool isFirst = fresh && start == 0;
            int end = int.Min(start + PanelTile.BlockColumns, columns);
            Vector256<float> a0 = default, a1 = default;
            Vector256<float> b0 = default, b1 = default;
            Vector256<float> c0 = default, c1 = default;
            Vector256<float> d0 = default, d1 = default;
            Vector256<float> e0 = default, e1 = default;
            Vector256<float> f0 = default, f1 = default;
            for (nint column = start; column < end; column++)
            {
                Vector256<float> w0 = Vector256.Load(panel + (column * PanelRows));
                Vector256<float> w1 = Vector256.Load(panel + (column * PanelRows) + 8);
                Vector256<float> value = Vector256.Create(x[column]);
                a0 = Vector256.FusedMultiplyAdd(w0, value, a0);
                a1 = Vector256.FusedMultiplyAdd(w1, value, a1);
                value = Vector256.Create(x[column + Stride]);
                b0 = Vector256.FusedMultiplyAdd(w0, value, b0);
                b1 = Vector256.FusedMultiplyAdd(w1, value, b1);
                value = Vector256.Create(x[column + (2 * Stride)]);
                c0 = Vector256.FusedMultiplyAdd(w0, value, c0);
                c1 = Vector256.FusedMultiplyAdd(w1, value, c1);
                value = Vector256.Create(x[column + (3 * Stride)]);
                d0 = Vector256.FusedMultiplyAdd(w0, value, d0);
                d1 = Vector256.FusedMultiplyAdd(w1, value, d1);
                value = Vector256.Create(x[column + (4 * Stride)]);
                e0 = Vector256.FusedMultiplyAdd(w0, value, e0);
                e1 = Vector256.FusedMultiplyAdd(w1, value, e1);
                value = Vector256.Create(x[column + (5 * Stride)]);
                f0 = Vector256.FusedMultiplyAdd(w0, value, f0);
                f1 = Vector256.FusedMultiplyAdd(w1, value, f1);
            }

            Add(totals, a0, a1, isFirst);
            Add(totals + stride, b0, b1, isFirst);
            Add(totals + (2 * stride), c0, c1, isFirst);
            Add(totals + (3 * stride), d0, d1, isFirst);
            Add(totals + (4 * stride), e0, e1, isFirst);
            Add(totals + (5 * stride), f0, f1, isFirst);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyFew(float* panel, float* x, int columns, float* totals, nint stride, bool fresh)
    {
        for (int start = 0; start < columns; start += PanelTile.BlockColumns)
        {
            bool isFirst = fresh && start == 0;
            int end = int.Min(start + PanelTile.BlockColumns, columns);
            Vector256<float> a0 = default, a1 = default;
            Vector256<float> b0 = default, b1 = default;
            Vector256<float> c0 = default, c1 = default;
            Vector256<float> d0 = default, d1 = default;
            for (nint column = start; column < end; column++)
            {
                Vector256<float> w0 = Vector256.Load(panel + (column * PanelRows));
                Vector256<float> w1 = Vector256.Load(panel + (column * PanelRows) + 8);
                Vector256<float> value = Vector256.Create(x[column]);
                a0 = Vector256.FusedMultiplyAdd(w0, value, a0);
                a1 = Vector256.FusedMultiplyAdd(w1, value, a1);
                value = Vector256.Create(x[column + Stride]);
                b0 = Vector256.FusedMultiplyAdd(w0, value, b0);
                b1 = Vector256.FusedMultiplyAdd(w1, value, b1);
                value = Vector256.Create(x[column + (2 * Stride)]);
                c0 = Vector256.FusedMultiplyAdd(w0, value, c0);
                c1 = Vector256.FusedMultiplyAdd(w1, value, c1);
                value = Vector256.Create(x[column + (3 * Stride)]);
                d0 = Vector256.FusedMultiplyAdd(w0, value, d0);
                d1 = Vector256.FusedMultiplyAdd(w1, value, d1);
            }

            Add(totals, a0, a1, isFirst);
            Add(totals + stride, b0, b1, isFirst);
            Add(totals + (2 * stride), c0, c1, isFirst);
            Add(totals + (3 * stride), d0, d1, isFirst);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* totals, Vector256<float> lower, Vector256<float> upper, bool isFirst)
    {
        // Zero plus the sum, so that a negative zero comes out as it does from the one-row kernel.
        ((isFirst ? Vector256<float>.Zero : Vector256.Load(totals)) + lower).Store(totals);
        ((isFirst ? Vector256<float>.Zero : Vector256.Load(totals + 8)) + upper).Store(totals + 8);
    }
}
