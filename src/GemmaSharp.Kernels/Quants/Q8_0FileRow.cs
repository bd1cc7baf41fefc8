using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Sixteen rows of Q8_0 as a file holds them, times one quantised row: as many streams as there are lanes. Sums as in
/// <see cref="QuantTile{TKernel, TLanes, TVector}"/>.
/// </summary>
internal static unsafe class Q8_0FileRow<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int PanelRows = QuantLayout.PanelRows, Block = Q8_0FilePanels.BlockBytes;

    // So far ahead lines are asked for in each row, some 8 KB in 16 rows.
    private const int AheadBlocks = 16;

    /// <summary>sums[16] += rows of <paramref name="blocks"/> blocks times one row.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="blocks">Blocks that are multiplied.</param>
    /// <param name="x">The values.</param>
    /// <param name="lifts">By what each row's scales are multiplied, [16].</param>
    /// <param name="sums">[16].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* rows, nint stride, int blocks, byte* x, float* lifts, float* sums)
    {
        // From here on what lies ahead are the next panel's rows.
        int last = int.Max(blocks - AheadBlocks, 0);
        nint ahead = AheadBlocks * Block, next = ahead + (PanelRows * stride) - ((nint)blocks * Block);
        for (int lane = 0; lane < PanelRows; lane += TLanes.Count, rows += TLanes.Count * stride)
        {
            TVector sum = Multiply(rows, stride, ahead, last, x, TLanes.Load(lifts + lane), TLanes.Load(sums + lane));
            sum = Multiply(rows + (last * Block), stride, next, blocks - last, x + (last * QuantizedRows.BlockBytes), TLanes.Load(lifts + lane), sum);
            TLanes.Store(sum, sums + lane);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector Multiply(byte* rows, nint stride, nint ahead, int blocks, byte* x, TVector lift, TVector sum)
    {
        ushort* halves = stackalloc ushort[PanelRows];
        for (; blocks > 0; blocks--, rows += Block, x += QuantizedRows.BlockBytes)
        {
            Ask(rows + ahead, stride);
            TVector i = RowDots<TLanes, TVector>.Of(rows + Q8_0FilePanels.CodesAt, stride, x);
            LoadHalves(rows, stride, halves);
            TVector scale = TLanes.Multiply(TLanes.LoadHalves((byte*)halves), lift);
            sum = QuantFinish<Q8_0Kernel, TLanes, TVector>.Add(i, scale, default, default, x + QuantizedRows.BlockColumns, 1, sum);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask(byte* rows, nint stride)
    {
        Prefetch.Four(rows, stride);
        if (TLanes.Count > 4)
        {
            Prefetch.Four(rows + (4 * stride), stride);
        }

        if (TLanes.Count > 8)
        {
            Prefetch.Four(rows + (8 * stride), stride);
            Prefetch.Four(rows + (12 * stride), stride);
        }
    }

    // Through memory as one vector, so that the load behind need not wait for sixteen stores.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadHalves(byte* rows, nint stride, ushort* into)
    {
        if (TLanes.Count == 4)
        {
            Vector128.Create(At(rows, 0), At(rows, stride), At(rows, 2 * stride), At(rows, 3 * stride), 0, 0, 0, 0).Store(into);
        }
        else if (TLanes.Count == 8)
        {
            Eight(rows, stride).Store(into);
        }
        else
        {
            Vector256.Create(Eight(rows, stride), Eight(rows + (8 * stride), stride)).Store(into);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Eight(byte* rows, nint stride)
    {
        byte* upper = rows + (4 * stride);
        nint twice = 2 * stride, thrice = 3 * stride;
        return Vector128.Create(
            At(rows, 0), At(rows, stride), At(rows, twice), At(rows, thrice), At(upper, 0), At(upper, stride), At(upper, twice), At(upper, thrice));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort At(byte* rows, nint offset) => *(ushort*)(rows + offset);
}
