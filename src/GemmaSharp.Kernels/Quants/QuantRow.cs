using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>A panel times one quantised row, straight from the packed codes: one sequential stream. Sums as in <see cref="QuantTile{TKernel, TLanes, TVector}"/>.</summary>
internal static unsafe partial class QuantRow<TKernel, TLanes, TVector>
    where TKernel : struct, IQuantKernel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int PanelRows = QuantLayout.PanelRows;
    private const int Values = QuantizedRows.BlockColumns;

    // A stream of weights runs at the memory's speed when lines are asked for some 6 KB ahead (flat from 4 to 8 KB), and the first lines of each page
    // once more when it is near: without those 21 to 25 GB/s were read where a plain sum reads 33, with them 34.
    private const int Ahead = 6 * 1024;

    // Weights of all 16 rows that the parts of a panel share while they lie in the first-level cache.
    private const int RunBytes = 4 * 1024;

    private static int SubBlocks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => QuantLayout.SubBlocks<TKernel>();
    }

    private static int RunBlocks
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TLanes.Count == PanelRows ? int.MaxValue : int.Max(RunBytes / QuantLayout.BlockBytes<TKernel>(), 1);
    }

    private static int SubBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => QuantLayout.SubBytes<TKernel>();
    }

    /// <summary>sums[16] += a panel of <paramref name="blocks"/> blocks times one row; the next panel begins <paramref name="gap"/> bytes behind this one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* panel, int blocks, nint gap, byte* x, float* sums)
    {
        if (TLanes.TakesBytes && Lanes512.IsSupported)
        {
            Bytes(panel, blocks, x, sums);
            return;
        }

        // From here on what lies ahead is the next panel's.
        int last = gap == 0 ? 0 : int.Max(blocks - (Ahead / QuantLayout.BlockBytes<TKernel>()), 0), count;
        for (int block = 0; block < blocks; block += count)
        {
            count = int.Min(RunBlocks, (block < last ? last : blocks) - block);
            nint ahead = block < last ? Ahead : Ahead + gap;
            for (int lane = 0; lane < PanelRows; lane += TLanes.Count)
            {
                Multiply(panel, count, ahead, x, sums + lane, lane);
            }

            panel += count * QuantLayout.BlockBytes<TKernel>();
            x += count * SubBlocks * QuantizedRows.BlockBytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(byte* panel, int blocks, nint ahead, byte* x, float* sums, int lane)
    {
        TVector sum = TLanes.Load(sums);
        for (int block = 0; block < blocks; block++)
        {
            TVector scale = TKernel.Scale<TLanes, TVector>(panel, lane), minimum = TKernel.MinimumScale<TLanes, TVector>(panel, lane);
            panel += TKernel.HeaderBytes;
            for (int sub = 0; sub < SubBlocks; sub++, panel += SubBytes, x += QuantizedRows.BlockBytes)
            {
                if (lane == 0)
                {
                    Prefetch.Read(panel + ahead, SubBytes);
                    Prefetch.PageBehind(panel, SubBytes);
                }

                byte* codes = panel + TKernel.ScaleBytes + (lane * sizeof(int));
                TVector i = default, low = default, high = default;
                Eight(0, codes, x, panel, lane, ref i);
                if (QuantSteps<TKernel, TLanes, TVector>.Count == 16)
                {
                    Eight(8, codes, x, panel, lane, ref i);
                }

                Minima(minimum, panel, lane, ref low, ref high);
                i = QuantFinish<TKernel, TLanes, TVector>.Center(i, x + Values, 1);
                sum = QuantFinish<TKernel, TLanes, TVector>.Add(i, scale, low, high, x + Values, 1, sum);
            }
        }

        TLanes.Store(sum, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(int first, byte* codes, byte* x, byte* panel, int lane, ref TVector i)
    {
        TVector s = default;
        Step(first, codes, x, ref s);
        Step(first + 1, codes, x, ref s);
        Weigh(first + 2, panel, lane, ref s, ref i);
        Step(first + 2, codes, x, ref s);
        Step(first + 3, codes, x, ref s);
        Weigh(first + 4, panel, lane, ref s, ref i);
        Step(first + 4, codes, x, ref s);
        Step(first + 5, codes, x, ref s);
        Weigh(first + 6, panel, lane, ref s, ref i);
        Step(first + 6, codes, x, ref s);
        Step(first + 7, codes, x, ref s);
        Weigh(first + 8, panel, lane, ref s, ref i);
    }

    // After a group of steps its sums go into the integers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weigh(int steps, byte* scales, int lane, ref TVector s, ref TVector i)
    {
        if (steps % QuantSteps<TKernel, TLanes, TVector>.GroupLength == 0)
        {
            if (QuantSteps<TKernel, TLanes, TVector>.HasMultipliers)
            {
                int group = (steps / QuantSteps<TKernel, TLanes, TVector>.GroupLength) - 1;
                s = TLanes.Weigh(s, QuantSteps<TKernel, TLanes, TVector>.Multiplier(scales, lane, group));
            }

            i = TLanes.Add(i, s);
            s = default;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(int index, byte* codes, byte* x, ref TVector s) =>
        s = TLanes.Dot(s, QuantSteps<TKernel, TLanes, TVector>.Codes(codes, index), TLanes.Broadcast(x + (index % 8 * sizeof(int))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Minima(TVector scale, byte* scales, int lane, ref TVector low, ref TVector high)
    {
        if (TKernel.Minima > 0)
        {
            low = TKernel.Minimum<TLanes, TVector>(scale, scales, lane, 0);
        }

        if (TKernel.Minima > 1)
        {
            high = TKernel.Minimum<TLanes, TVector>(scale, scales, lane, 1);
        }
    }
}
