using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Memory;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Sixteen rows of Q8_0 as a file holds them, times one quantised row: runs of eight blocks, for which a few lines of each row in turn are
/// asked for beforehand. Sums as in <see cref="QuantTile{TKernel, TLanes, TVector}"/>.
/// </summary>
internal static unsafe class Q8_0FileRow<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int PanelRows = QuantLayout.PanelRows, Block = Q8_0FilePanels.BlockBytes, RunBlocks = Q8_0FileScales.MostBlocks;

    // So far ahead a row is asked for, and behind its end the same row of the next panel: whole runs (flat from 3 to 16, a third slower with one).
    private const int Ahead = 4 * RunBlocks * Block;

    /// <summary>sums[16] += rows of <paramref name="blocks"/> blocks times one row.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="blocks">Blocks that are multiplied.</param>
    /// <param name="x">The values.</param>
    /// <param name="lifts">By what each row's scales are multiplied, [16].</param>
    /// <param name="sums">[16].</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* rows, nint stride, int blocks, byte* x, float* lifts, float* sums)
    {
        byte* room = stackalloc byte[(PanelRows * RunBlocks * sizeof(ushort)) + CacheLine.Bytes], halves = CacheLine.AtOrBehind(room);
        nint toNextPanel = (PanelRows * stride) - ((nint)blocks * Block);
        while (blocks > 0)
        {
            int some = int.Min(blocks, RunBlocks);
            nint ahead = Ahead < blocks * Block ? Ahead : Ahead + toNextPanel;
            Q8_0FileScales.Turn(rows, stride, some, halves);
            for (int lane = 0; lane < PanelRows; lane += TLanes.Count)
            {
                Multiply(rows + (lane * stride), stride, ahead, some, x, halves + (lane * sizeof(ushort)), lifts + lane, sums + lane);
            }

            blocks -= some;
            rows += some * Block;
            x += some * QuantizedRows.BlockBytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(byte* rows, nint stride, nint ahead, int blocks, byte* x, byte* halves, float* lifts, float* sums)
    {
        TVector sum = TLanes.Load(sums), lift = TLanes.Load(lifts);
        for (int block = 0; block < blocks; block++, rows += Block, halves += PanelRows * sizeof(ushort), x += QuantizedRows.BlockBytes)
        {
            Ask(rows + ahead - (block * Block), stride, block);
            TVector scale = TLanes.Multiply(TLanes.LoadHalves(halves), lift);
            TVector i = RowDots<TLanes, TVector>.Of(rows + Q8_0FilePanels.CodesAt, stride, x);
            sum = QuantFinish<Q8_0Kernel, TLanes, TVector>.Add(i, scale, default, default, x + QuantizedRows.BlockColumns, 1, sum);
        }

        TLanes.Store(sum, sums);
    }

    // With each block a part of the rows, as many as there are lanes with eight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask(byte* run, nint stride, int block)
    {
        if (TLanes.Count == PanelRows)
        {
            run += 2 * block * stride;
            Prefetch.Read(run, RunBlocks * Block);
            Prefetch.Read(run + stride, RunBlocks * Block);
        }
        else if (block < TLanes.Count)
        {
            Prefetch.Read(run + (block * stride), RunBlocks * Block);
        }
    }
}
