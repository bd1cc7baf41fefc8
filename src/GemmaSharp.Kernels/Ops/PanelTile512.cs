using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Tiles by 512-bit vectors: 24 sums, 2 weights and an input of 32 registers.</summary>
internal static unsafe class PanelTile512
{
    private const int PanelRows = 16;
    private const int Stride = PanelTile.InputStride;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* first, float* second, float* x, int columns, float* totals, nint stride, bool fresh)
    {
        for (int start = 0; start < columns; start += PanelTile.BlockColumns)
        {
            bool isFirst = fresh && start == 0;
            int end = int.Min(start + PanelTile.BlockColumns, columns);
            Vector512<float> a0 = default, a1 = default;
            Vector512<float> b0 = default, b1 = default;
            Vector512<float> c0 = default, c1 = default;
            Vector512<float> d0 = default, d1 = default;
            Vector512<float> e0 = default, e1 = default;
            Vector512<float> f0 = default, f1 = default;
            Vector512<float> g0 = default, g1 = default;
            Vector512<float> h0 = default, h1 = default;
            Vector512<float> i0 = default, i1 = default;
            Vector512<float> j0 = default, j1 = default;
            Vector512<float> k0 = default, k1 = default;
            Vector512<float> l0 = default, l1 = default;
            for (nint column = start; column < end; column++)
            {
                Vector512<float> w0 = Vector512.Load(first + (column * PanelRows));
                Vector512<float> w1 = Vector512.Load(second + (column * PanelRows));
                Vector512<float> value = Vector512.Create(x[column]);
                a0 = Vector512.FusedMultiplyAdd(w0, value, a0);
                a1 = Vector512.FusedMultiplyAdd(w1, value, a1);
                value = Vector512.Create(x[column + Stride]);
                b0 = Vector512.FusedMultiplyAdd(w0, value, b0);
                b1 = Vector512.FusedMultiplyAdd(w1, value, b1);
                value = Vector512.Create(x[column + (2 * Stride)]);
                c0 = Vector512.FusedMultiplyAdd(w0, value, c0);
                c1 = Vector512.FusedMultiplyAdd(w1, value, c1);
                value = Vector512.Create(x[column + (3 * Stride)]);
                d0 = Vector512.FusedMultiplyAdd(w0, value, d0);
                d1 = Vector512.FusedMultiplyAdd(w1, value, d1);
                value = Vector512.Create(x[column + (4 * Stride)]);
                e0 = Vector512.FusedMultiplyAdd(w0, value, e0);
                e1 = Vector512.FusedMultiplyAdd(w1, value, e1);
                value = Vector512.Create(x[column + (5 * Stride)]);
                f0 = Vector512.FusedMultiplyAdd(w0, value, f0);
                f1 = Vector512.FusedMultiplyAdd(w1, value, f1);
                value = Vector512.Create(x[column + (6 * Stride)]);
                g0 = Vector512.FusedMultiplyAdd(w0, value, g0);
                g1 = Vector512.FusedMultiplyAdd(w1, value, g1);
                value = Vector512.Create(x[column + (7 * Stride)]);
                h0 = Vector512.FusedMultiplyAdd(w0, value, h0);
                h1 = Vector512.FusedMultiplyAdd(w1, value, h1);
                value = Vector512.Create(x[column + (8 * Stride)]);
                i0 = Vector512.FusedMultiplyAdd(w0, value, i0);
                i1 = Vector512.FusedMultiplyAdd(w1, value, i1);
                value = Vector512.Create(x[column + (9 * Stride)]);
                j0 = Vector512.FusedMultiplyAdd(w0, value, j0);
                j1 = Vector512.FusedMultiplyAdd(w1, value, j1);
                value = Vector512.Create(x[column + (10 * Stride)]);
                k0 = Vector512.FusedMultiplyAdd(w0, value, k0);
                k1 = Vector512.FusedMultiplyAdd(w1, value, k1);
                value = Vector512.Create(x[column + (11 * Stride)]);
                l0 = Vector512.FusedMultiplyAdd(w0, value, l0);
                l1 = Vector512.FusedMultiplyAdd(w1, value, l1);
            }

            Add(totals, a0, a1, isFirst);
            Add(totals + stride, b0, b1, isFirst);
            Add(totals + (2 * stride), c0, c1, isFirst);
            Add(totals + (3 * stride), d0, d1, isFirst);
            Add(totals + (4 * stride), e0, e1, isFirst);
            Add(totals + (5 * stride), f0, f1, isFirst);
            Add(totals + (6 * stride), g0, g1, isFirst);
            Add(totals + (7 * stride), h0, h1, isFirst);
            Add(totals + (8 * stride), i0, i1, isFirst);
            Add(totals + (9 * stride), j0, j1, isFirst);
            Add(totals + (10 * stride), k0, k1, isFirst);
            Add(totals + (11 * stride), l0, l1, isFirst);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyFew(float* first, float* second, float* x, int columns, float* totals, nint stride, bool fresh)
    {
        for (int start = 0; start < columns; start += PanelTile.BlockColumns)
        {
            bool isFirst = fresh && start == 0;
            int end = int.Min(start + PanelTile.BlockColumns, columns);
            Vector512<float> a0 = default, a1 = default;
            Vector512<float> b0 = default, b1 = default;
            Vector512<float> c0 = default, c1 = default;
            Vector512<float> d0 = default, d1 = default;
            for (nint column = start; column < end; column++)
            {
                Vector512<float> w0 = Vector512.Load(first + (column * PanelRows));
                Vector512<float> w1 = Vector512.Load(second + (column * PanelRows));
                Vector512<float> value = Vector512.Create(x[column]);
                a0 = Vector512.FusedMultiplyAdd(w0, value, a0);
                a1 = Vector512.FusedMultiplyAdd(w1, value, a1);
                value = Vector512.Create(x[column + Stride]);
                b0 = Vector512.FusedMultiplyAdd(w0, value, b0);
                b1 = Vector512.FusedMultiplyAdd(w1, value, b1);
                value = Vector512.Create(x[column + (2 * Stride)]);
                c0 = Vector512.FusedMultiplyAdd(w0, value, c0);
                c1 = Vector512.FusedMultiplyAdd(w1, value, c1);
                value = Vector512.Create(x[column + (3 * Stride)]);
                d0 = Vector512.FusedMultiplyAdd(w0, value, d0);
                d1 = Vector512.FusedMultiplyAdd(w1, value, d1);
            }

            Add(totals, a0, a1, isFirst);
            Add(totals + stride, b0, b1, isFirst);
            Add(totals + (2 * stride), c0, c1, isFirst);
            Add(totals + (3 * stride), d0, d1, isFirst);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* totals, Vector512<float> lower, Vector512<float> upper, bool isFirst)
    {
        // Zero plus the sum, so that a negative zero comes out as it does from the one-row kernel.
        ((isFirst ? Vector512<float>.Zero : Vector512.Load(totals)) + lower).Store(totals);
        ((isFirst ? Vector512<float>.Zero : Vector512.Load(totals + 16)) + upper).Store(totals + 16);
    }
}
