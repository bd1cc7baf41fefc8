using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// A panel of 16 rows times one or four quantised rows. Per output: sub-blocks of 32 columns ascending; in each the exact integer, times the
/// product of both scales, fused onto the sum; then the minima, fused. The order is the same for every width and number of rows.
/// </summary>
internal static unsafe partial class QuantTile<TKernel, TLanes, TVector>
    where TKernel : struct, IQuantKernel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Rows of values in a full tile.</summary>
    public const int Rows = 4;

    private const int PanelRows = QuantLayout.PanelRows;
    private const int Values = QuantizedRows.BlockColumns;
    private const int Side = QuantizedRows.SideBytes;

    // A stream of weights runs at the memory's speed when lines are asked for some 6 KB ahead (flat from 4 to 8 KB).
    private const int Ahead = 6 * 1024;
    private const int CacheLine = 64;

    // Weights of all 16 rows that the parts of a panel share while they lie in the first-level cache.
    private const int RunBytes = 4 * 1024;

    private static int SubBlocks => QuantLayout.SubBlocks<TKernel>();

    private static int RunBlocks => TLanes.Count == PanelRows ? int.MaxValue : int.Max(RunBytes / QuantLayout.BlockBytes<TKernel>(), 1);

    private static int SubBytes => QuantLayout.SubBytes<TKernel>();

    /// <summary>sums[16] += a panel of <paramref name="blocks"/> blocks times one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(byte* panel, int blocks, byte* x, float* sums)
    {
        int run = int.Min(RunBlocks, blocks);
        for (int block = 0; block < blocks; block += run)
        {
            int count = int.Min(run, blocks - block);
            for (int lane = 0; lane < PanelRows; lane += TLanes.Count)
            {
                One(panel, count, x, sums + lane, lane);
            }

            panel += count * QuantLayout.BlockBytes<TKernel>();
            x += count * SubBlocks * (Values + Side);
        }
    }

    /// <summary>sums[4][16] += a panel of <paramref name="blocks"/> blocks times four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(byte* panel, int blocks, byte* x, float* sums)
    {
        int run = int.Min(RunBlocks, blocks);
        for (int block = 0; block < blocks; block += run)
        {
            int count = int.Min(run, blocks - block);
            for (int lane = 0; lane < PanelRows; lane += TLanes.Count)
            {
                Four(panel, count, x, sums + lane, lane);
            }

            panel += count * QuantLayout.BlockBytes<TKernel>();
            x += count * SubBlocks * Rows * (Values + Side);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(byte* panel, int blocks, byte* x, float* sums, int lane)
    {
        TVector sum = TLanes.Load(sums);
        for (int block = 0; block < blocks; block++)
        {
            byte* header = panel;
            panel += TKernel.HeaderBytes;
            for (int sub = 0; sub < SubBlocks; sub++, panel += SubBytes, x += Values + Side)
            {
                if (lane == 0)
                {
                    Prefetch(panel + Ahead);
                }

                byte* codes = panel + TKernel.ScaleBytes + (lane * sizeof(int));
                TVector s = default, h = default, i = default, low = default, high = default;
                if (TKernel.Planes == 1)
                {
                    Step(0, codes, x, ref s);
                    Step(1, codes, x, ref s);
                    Weigh(2, panel, lane, ref s, ref i);
                    Step(2, codes, x, ref s);
                    Step(3, codes, x, ref s);
                    Weigh(4, panel, lane, ref s, ref i);
                    Step(4, codes, x, ref s);
                    Step(5, codes, x, ref s);
                    Weigh(6, panel, lane, ref s, ref i);
                    Step(6, codes, x, ref s);
                    Step(7, codes, x, ref s);
                    Weigh(8, panel, lane, ref s, ref i);
                }
                else
                {
                    Step(0, codes, x, ref s);
                    Step(8, codes, x, ref h);
                    Step(1, codes, x, ref s);
                    Step(9, codes, x, ref h);
                    Step(2, codes, x, ref s);
                    Step(10, codes, x, ref h);
                    Step(3, codes, x, ref s);
                    Step(11, codes, x, ref h);
                    Step(4, codes, x, ref s);
                    Step(12, codes, x, ref h);
                    Step(5, codes, x, ref s);
                    Step(13, codes, x, ref h);
                    Step(6, codes, x, ref s);
                    Step(14, codes, x, ref h);
                    Step(7, codes, x, ref s);
                    Step(15, codes, x, ref h);
                    Weigh(8, panel, lane, ref s, ref i);
                    Weigh(16, panel, lane, ref h, ref i);
                }
                Minima(header, panel, lane, ref low, ref high);
                sum = Finish(i, TKernel.Scale<TLanes, TVector>(header, lane), low, high, x + Values, sum);
            }
        }

        TLanes.Store(sum, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(byte* panel, int blocks, byte* x, float* sums, int lane)
    {
        TVector sum0 = TLanes.Load(sums), sum1 = TLanes.Load(sums + PanelRows);
        TVector sum2 = TLanes.Load(sums + (2 * PanelRows)), sum3 = TLanes.Load(sums + (3 * PanelRows));
        for (int block = 0; block < blocks; block++)
        {
            byte* header = panel;
            panel += TKernel.HeaderBytes;
            for (int sub = 0; sub < SubBlocks; sub++, panel += SubBytes, x += Rows * (Values + Side))
            {
                byte* codes = panel + TKernel.ScaleBytes + (lane * sizeof(int)), side = x + (Rows * Values);
                Quad s = default, h = default, i = default;
                if (TKernel.Planes == 1)
                {
                    Step(0, codes, x, ref s);
                    Step(1, codes, x, ref s);
                    Weigh(2, panel, lane, ref s, ref i);
                    Step(2, codes, x, ref s);
                    Step(3, codes, x, ref s);
                    Weigh(4, panel, lane, ref s, ref i);
                    Step(4, codes, x, ref s);
                    Step(5, codes, x, ref s);
                    Weigh(6, panel, lane, ref s, ref i);
                    Step(6, codes, x, ref s);
                    Step(7, codes, x, ref s);
                    Weigh(8, panel, lane, ref s, ref i);
                }
                else
                {
                    Step(0, codes, x, ref s, ref h);
                    Step(1, codes, x, ref s, ref h);
                    Step(2, codes, x, ref s, ref h);
                    Step(3, codes, x, ref s, ref h);
                    Step(4, codes, x, ref s, ref h);
                    Step(5, codes, x, ref s, ref h);
                    Step(6, codes, x, ref s, ref h);
                    Step(7, codes, x, ref s, ref h);
                    Weigh(8, panel, lane, ref s, ref i);
                    Weigh(16, panel, lane, ref h, ref i);
                }
                TVector scale = TKernel.Scale<TLanes, TVector>(header, lane), low = default, high = default;
                Minima(header, panel, lane, ref low, ref high);
                sum0 = Finish(i.A, scale, low, high, side, sum0);
                sum1 = Finish(i.B, scale, low, high, side + Side, sum1);
                sum2 = Finish(i.C, scale, low, high, side + (2 * Side), sum2);
                sum3 = Finish(i.D, scale, low, high, side + (3 * Side), sum3);
            }
        }

        TLanes.Store(sum0, sums);
        TLanes.Store(sum1, sums + PanelRows);
        TLanes.Store(sum2, sums + (2 * PanelRows));
        TLanes.Store(sum3, sums + (3 * PanelRows));
    }
}
