using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GemmaSharp.Kernels.Blocks;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// Four independent sums of panel columns times inputs, so that a fused multiply-add need not wait for the one before it. Memory is asked for
/// one step of four chains ahead, in order.
/// </summary>
internal static unsafe class PanelChains<TBlock>
    where TBlock : struct, IWeightBlock
{
    /// <summary>Chains summed side by side.</summary>
    public const int Count = 4;

    private const int PanelRows = PanelMatrix<TBlock>.PanelRows;
    private const int CacheLine = 64;

    /// <summary>sums[c][16] = sum over i of w[c * weightStride + 16 i ..] * x[c * inputStride + i], weightStride in bytes.</summary>
    public static void Run(byte* w, nint weightStride, float* x, nint inputStride, int columns, float* sums)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run512(w, weightStride, x, inputStride, columns, sums);
        }
        else
        {
            Run256(w, weightStride, x, inputStride, columns, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run512(byte* w0, nint weightStride, float* x0, nint inputStride, int columns, float* sums)
    {
        byte* w1 = w0 + weightStride, w2 = w1 + weightStride, w3 = w2 + weightStride, ahead = w3 + weightStride;
        float* x1 = x0 + inputStride, x2 = x1 + inputStride, x3 = x2 + inputStride;
        Vector512<float> a = default, b = default, c = default, d = default;
        for (nint column = 0; column < columns; column++)
        {
            nint at = column * PanelRows * TBlock.Bytes;
            Prefetch(ahead + (at * Count));
            a = Vector512.FusedMultiplyAdd(TBlock.Load16(w0 + at), Vector512.Create(x0[column]), a);
            b = Vector512.FusedMultiplyAdd(TBlock.Load16(w1 + at), Vector512.Create(x1[column]), b);
            c = Vector512.FusedMultiplyAdd(TBlock.Load16(w2 + at), Vector512.Create(x2[column]), c);
            d = Vector512.FusedMultiplyAdd(TBlock.Load16(w3 + at), Vector512.Create(x3[column]), d);
        }

        a.Store(sums);
        b.Store(sums + PanelRows);
        c.Store(sums + (2 * PanelRows));
        d.Store(sums + (3 * PanelRows));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run256(byte* w0, nint weightStride, float* x0, nint inputStride, int columns, float* sums)
    {
        byte* w1 = w0 + weightStride, w2 = w1 + weightStride, w3 = w2 + weightStride, ahead = w3 + weightStride;
        float* x1 = x0 + inputStride, x2 = x1 + inputStride, x3 = x2 + inputStride;
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        nint half = PanelRows / 2 * TBlock.Bytes;
        for (nint column = 0; column < columns; column++)
        {
            nint at = column * PanelRows * TBlock.Bytes;
            Prefetch(ahead + (at * Count));
            Vector256<float> value = Vector256.Create(x0[column]);
            a0 = Vector256.FusedMultiplyAdd(TBlock.Load8(w0 + at), value, a0);
            a1 = Vector256.FusedMultiplyAdd(TBlock.Load8(w0 + at + half), value, a1);
            value = Vector256.Create(x1[column]);
            b0 = Vector256.FusedMultiplyAdd(TBlock.Load8(w1 + at), value, b0);
            b1 = Vector256.FusedMultiplyAdd(TBlock.Load8(w1 + at + half), value, b1);
            value = Vector256.Create(x2[column]);
            c0 = Vector256.FusedMultiplyAdd(TBlock.Load8(w2 + at), value, c0);
            c1 = Vector256.FusedMultiplyAdd(TBlock.Load8(w2 + at + half), value, c1);
            value = Vector256.Create(x3[column]);
            d0 = Vector256.FusedMultiplyAdd(TBlock.Load8(w3 + at), value, d0);
            d1 = Vector256.FusedMultiplyAdd(TBlock.Load8(w3 + at + half), value, d1);
        }

        Vector512.Create(a0, a1).Store(sums);
        Vector512.Create(b0, b1).Store(sums + PanelRows);
        Vector512.Create(c0, c1).Store(sums + (2 * PanelRows));
        Vector512.Create(d0, d1).Store(sums + (3 * PanelRows));
    }

    // One column of four chains; into the second level, for a step of float32 chains is as large as the first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* from)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(from);
            Sse.Prefetch1(from + CacheLine);
            if (TBlock.Bytes == sizeof(float))
            {
                Sse.Prefetch1(from + (2 * CacheLine));
                Sse.Prefetch1(from + (3 * CacheLine));
            }
        }
    }
}
