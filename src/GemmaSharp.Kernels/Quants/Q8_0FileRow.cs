using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Sixteen rows of Q8_0 as a file holds them, times one quantised row. Of each row in turn a few lines are read, whose blocks' integers lie
/// along it; turned, they are finished as those of a packed panel. Sums as in <see cref="QuantTile{TKernel, TLanes, TVector}"/>.
/// </summary>
internal static unsafe class Q8_0FileRow<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int PanelRows = QuantLayout.PanelRows, Block = Q8_0FilePanels.BlockBytes, RunBlocks = RowDots.Blocks;

    // So far ahead a row is asked for, and behind its end the same row of the next panel: whole runs, two of which were best of one to thirty.
    private const int Ahead = 2 * RunBlocks * Block;

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
        const int words = PanelRows * RunBlocks;
        int* room = stackalloc int[(3 * words) + (CacheLine.Bytes / sizeof(int))];
        int* dots = (int*)CacheLine.AtOrBehind(room), turned = dots + words;
        byte* halves = (byte*)(turned + words);
        nint toNextPanel = (PanelRows * stride) - ((nint)blocks * Block);
        while (blocks > 0)
        {
            int some = int.Min(blocks, RunBlocks);
            RowDots.Multiply(rows, stride, Ahead < blocks * Block ? Ahead : Ahead + toNextPanel, some, x, dots);
            Q8_0FileScales.Turn(rows, stride, some, halves);
            TurnedRows.Turn((byte*)dots, RunBlocks * sizeof(int), RunBlocks, (byte*)turned);
            for (int lane = 0; lane < PanelRows; lane += TLanes.Count)
            {
                Finish(turned + lane, halves + (lane * sizeof(ushort)), some, x, lifts + lane, sums + lane);
            }

            blocks -= some;
            rows += some * Block;
            x += some * QuantizedRows.BlockBytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(int* dots, byte* halves, int blocks, byte* x, float* lifts, float* sums)
    {
        TVector sum = TLanes.Load(sums), lift = TLanes.Load(lifts);
        for (; blocks > 0; blocks--, dots += PanelRows, halves += PanelRows * sizeof(ushort), x += QuantizedRows.BlockBytes)
        {
            byte* words = x + QuantizedRows.BlockColumns;
            TVector i = TLanes.Load(dots), scale = TLanes.Multiply(TLanes.LoadHalves(halves), lift);
            i = RowDots.HasOffset ? QuantFinish<Q8_0Kernel, TLanes, TVector>.Center(i, words, 1) : i;
            sum = QuantFinish<Q8_0Kernel, TLanes, TVector>.Add(i, scale, default, default, words, 1, sum);
        }

        TLanes.Store(sum, sums);
    }
}
