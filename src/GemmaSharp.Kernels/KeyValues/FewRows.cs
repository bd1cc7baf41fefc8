using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Quants;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>A stored panel times four rows, summed in the order of <see cref="PanelTile"/>: eight sums in registers, one stream of memory.</summary>
internal static unsafe class FewRows<TPanel, TLanes, TVector>
    where TPanel : struct, ICachePanel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const nint HalfLanes = CacheLayout.Lanes / 2;
    private const nint Stride = PanelTile.InputStride;

    // As far ahead as the products of large matrices ask.
    private const nint Ahead = 6144;

    /// <summary>totals[4][32] += sum over c of panel[start + c][32] * x[4][c], from zero when <paramref name="fresh"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* panel, nint start, nint count, float* x, float* totals, nint stride, bool fresh)
    {
        for (nint lane = 0; lane < HalfLanes; lane += TLanes.Count)
        {
            for (nint block = 0; block < count; block += PanelTile.BlockColumns)
            {
                TVector a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
                nint end = nint.Min(block + PanelTile.BlockColumns, count);
                for (nint column = block; column < end; column++)
                {
                    if (lane == 0 && Sse.IsSupported)
                    {
                        Sse.Prefetch0(panel + TPanel.Offset(start + column) + Ahead);
                    }

                    (TVector w0, TVector w1) = TPanel.Load<TLanes, TVector>(panel, start + column, lane);
                    TVector value = TLanes.Broadcast(x + column);
                    a0 = TLanes.FusedMultiplyAdd(w0, value, a0);
                    a1 = TLanes.FusedMultiplyAdd(w1, value, a1);
                    value = TLanes.Broadcast(x + column + Stride);
                    b0 = TLanes.FusedMultiplyAdd(w0, value, b0);
                    b1 = TLanes.FusedMultiplyAdd(w1, value, b1);
                    value = TLanes.Broadcast(x + column + (2 * Stride));
                    c0 = TLanes.FusedMultiplyAdd(w0, value, c0);
                    c1 = TLanes.FusedMultiplyAdd(w1, value, c1);
                    value = TLanes.Broadcast(x + column + (3 * Stride));
                    d0 = TLanes.FusedMultiplyAdd(w0, value, d0);
                    d1 = TLanes.FusedMultiplyAdd(w1, value, d1);
                }

                bool isFirst = fresh && block == 0;
                Add(totals + lane, a0, a1, isFirst);
                Add(totals + lane + stride, b0, b1, isFirst);
                Add(totals + lane + (2 * stride), c0, c1, isFirst);
                Add(totals + lane + (3 * stride), d0, d1, isFirst);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* totals, TVector lower, TVector upper, bool isFirst)
    {
        TVector one = TLanes.Fill(BitConverter.SingleToInt32Bits(1f));
        TLanes.Store(TLanes.FusedMultiplyAdd(lower, one, isFirst ? default : TLanes.Load(totals)), totals);
        TLanes.Store(TLanes.FusedMultiplyAdd(upper, one, isFirst ? default : TLanes.Load(totals + HalfLanes)), totals + HalfLanes);
    }
}
