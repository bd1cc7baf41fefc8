using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <content>
/// A whole panel times one tile, straight from the packed codes: a few rows of values pass as fast as memory gives weights, and unpacking
/// them first would take as long as the products.
/// </content>
internal static unsafe partial class QuantTile<TKernel, TLanes, TVector>
{
    // A stream of weights runs at the memory's speed when lines are asked for some 6 KB ahead (flat from 4 to 8 KB).
    private const int Ahead = 6 * 1024;

    /// <summary>Whether <see cref="MultiplyPacked"/> is faster: one vector holds all 16 rows of a panel, so each code is unpacked once.</summary>
    public static bool TakesPacked
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TLanes.Count == PanelRows;
    }

    /// <summary>sums[width][16] += a panel of <paramref name="blocks"/> blocks times <paramref name="width"/> rows, 4 or 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyPacked(byte* panel, int blocks, byte* x, int width, float* sums)
    {
        if (width == Full)
        {
            EightPacked(panel, blocks, x, sums);
        }
        else
        {
            FourPacked(panel, blocks, x, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightPacked(byte* panel, int blocks, byte* x, float* sums)
    {
        Quad a = Load(sums), b = Load(sums + (Half * PanelRows));
        for (; blocks > 0; blocks--)
        {
            TVector scale = TKernel.Scale<TLanes, TVector>(panel, 0), minimum = TKernel.MinimumScale<TLanes, TVector>(panel, 0);
            panel += TKernel.HeaderBytes;
            for (int sub = 0; sub < QuantLayout.SubBlocks<TKernel>(); sub++, panel += QuantLayout.SubBytes<TKernel>(), x += Full * QuantizedRows.BlockBytes)
            {
                Prefetch.Read(panel + Ahead, QuantLayout.SubBytes<TKernel>());
                Quad s = default, t = default, i = default, k = default;
                byte* y = x + (Half * Values), words = x + (Full * Values);
                EightSteps(panel, 0, x, y, ref s, ref t, ref i, ref k);
                if (Steps == 16)
                {
                    EightSteps(panel, 8, x, y, ref s, ref t, ref i, ref k);
                }

                Finish(panel, scale, minimum, words, Full, i, ref a);
                Finish(panel, scale, minimum, words + (Half * sizeof(float)), Full, k, ref b);
            }
        }

        Store(a, sums);
        Store(b, sums + (Half * PanelRows));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourPacked(byte* panel, int blocks, byte* x, float* sums)
    {
        Quad a = Load(sums);
        for (; blocks > 0; blocks--)
        {
            TVector scale = TKernel.Scale<TLanes, TVector>(panel, 0), minimum = TKernel.MinimumScale<TLanes, TVector>(panel, 0);
            panel += TKernel.HeaderBytes;
            for (int sub = 0; sub < QuantLayout.SubBlocks<TKernel>(); sub++, panel += QuantLayout.SubBytes<TKernel>(), x += Half * QuantizedRows.BlockBytes)
            {
                Prefetch.Read(panel + Ahead, QuantLayout.SubBytes<TKernel>());
                Quad s = default, i = default;
                FourSteps(panel, 0, x, ref s, ref i);
                if (Steps == 16)
                {
                    FourSteps(panel, 8, x, ref s, ref i);
                }

                Finish(panel, scale, minimum, x + (Half * Values), Half, i, ref a);
            }
        }

        Store(a, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void EightSteps(byte* panel, int first, byte* x, byte* y, ref Quad s, ref Quad t, ref Quad i, ref Quad k)
    {
        StepPacked(panel, first, x, y, ref s, ref t);
        StepPacked(panel, first + 1, x, y, ref s, ref t);
        WeighPacked(panel, first + 2, ref s, ref i);
        WeighPacked(panel, first + 2, ref t, ref k);
        StepPacked(panel, first + 2, x, y, ref s, ref t);
        StepPacked(panel, first + 3, x, y, ref s, ref t);
        WeighPacked(panel, first + 4, ref s, ref i);
        WeighPacked(panel, first + 4, ref t, ref k);
        StepPacked(panel, first + 4, x, y, ref s, ref t);
        StepPacked(panel, first + 5, x, y, ref s, ref t);
        WeighPacked(panel, first + 6, ref s, ref i);
        WeighPacked(panel, first + 6, ref t, ref k);
        StepPacked(panel, first + 6, x, y, ref s, ref t);
        StepPacked(panel, first + 7, x, y, ref s, ref t);
        WeighPacked(panel, first + 8, ref s, ref i);
        WeighPacked(panel, first + 8, ref t, ref k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourSteps(byte* panel, int first, byte* x, ref Quad s, ref Quad i)
    {
        Dot(CodesPacked(panel, first), x, ref s);
        Dot(CodesPacked(panel, first + 1), x + sizeof(int), ref s);
        WeighPacked(panel, first + 2, ref s, ref i);
        Dot(CodesPacked(panel, first + 2), x + (2 * sizeof(int)), ref s);
        Dot(CodesPacked(panel, first + 3), x + (3 * sizeof(int)), ref s);
        WeighPacked(panel, first + 4, ref s, ref i);
        Dot(CodesPacked(panel, first + 4), x + (4 * sizeof(int)), ref s);
        Dot(CodesPacked(panel, first + 5), x + (5 * sizeof(int)), ref s);
        WeighPacked(panel, first + 6, ref s, ref i);
        Dot(CodesPacked(panel, first + 6), x + (6 * sizeof(int)), ref s);
        Dot(CodesPacked(panel, first + 7), x + (7 * sizeof(int)), ref s);
        WeighPacked(panel, first + 8, ref s, ref i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector CodesPacked(byte* panel, int step) => QuantSteps<TKernel, TLanes, TVector>.Codes(panel + TKernel.ScaleBytes, step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StepPacked(byte* panel, int step, byte* x, byte* y, ref Quad s, ref Quad t)
    {
        TVector w = CodesPacked(panel, step);
        Dot(w, x + (step % 8 * sizeof(int)), ref s);
        Dot(w, y + (step % 8 * sizeof(int)), ref t);
    }

    // After a group of steps its sums go into the integers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeighPacked(byte* scales, int steps, ref Quad s, ref Quad i)
    {
        if (steps % GroupLength != 0)
        {
            return;
        }

        if (QuantSteps<TKernel, TLanes, TVector>.HasMultipliers)
        {
            TVector multiplier = QuantSteps<TKernel, TLanes, TVector>.Multiplier(scales, 0, (steps / GroupLength) - 1);
            s.A = TLanes.Weigh(s.A, multiplier);
            s.B = TLanes.Weigh(s.B, multiplier);
            s.C = TLanes.Weigh(s.C, multiplier);
            s.D = TLanes.Weigh(s.D, multiplier);
        }

        i.A = TLanes.Add(i.A, s.A);
        i.B = TLanes.Add(i.B, s.B);
        i.C = TLanes.Add(i.C, s.C);
        i.D = TLanes.Add(i.D, s.D);
        s = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(byte* scales, TVector scale, TVector minimum, byte* words, int width, Quad i, ref Quad sum)
    {
        TVector low = TKernel.Minima > 0 ? TKernel.Minimum<TLanes, TVector>(minimum, scales, 0, 0) : default;
        TVector high = TKernel.Minima > 1 ? TKernel.Minimum<TLanes, TVector>(minimum, scales, 0, 1) : default;
        Center(words, width, ref i);
        sum.A = QuantFinish<TKernel, TLanes, TVector>.Add(i.A, scale, low, high, words, width, sum.A);
        sum.B = QuantFinish<TKernel, TLanes, TVector>.Add(i.B, scale, low, high, words + sizeof(float), width, sum.B);
        sum.C = QuantFinish<TKernel, TLanes, TVector>.Add(i.C, scale, low, high, words + (2 * sizeof(float)), width, sum.C);
        sum.D = QuantFinish<TKernel, TLanes, TVector>.Add(i.D, scale, low, high, words + (3 * sizeof(float)), width, sum.D);
    }
}
