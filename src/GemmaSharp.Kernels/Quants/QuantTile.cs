using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// An unpacked run of a panel times a tile of quantised rows. Per output: blocks of 32 columns ascending; in each the exact integer, times the
/// product of both scales, fused onto the sum; then the minima, fused. The order is the same for every width and number of rows.
/// </summary>
internal static unsafe partial class QuantTile<TKernel, TLanes, TVector>
    where TKernel : struct, IQuantKernel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int PanelRows = QuantLayout.PanelRows;
    private const int Values = QuantizedRows.BlockColumns;
    private const int VectorBytes = CodePlanes.VectorBytes;
    private const int Full = QuantizedRows.TileRows;
    private const int Half = Full / 2;

    /// <summary>sums[width][16] += blocks of 32 columns times <paramref name="width"/> rows, 4 or 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(byte* panel, int blocks, byte* x, int width, float* sums)
    {
        if (TLanes.Count == PanelRows)
        {
            if (width == Full)
            {
                Eight(panel, blocks, x, sums);
            }
            else
            {
                Four(panel, blocks, x, width, 0, sums);
            }

            return;
        }

        for (int row = 0; row < width; row += Half)
        {
            // With 16 registers the integers of several groups leave room for one vector of weights.
            int lanes = QuantSteps<TKernel, TLanes, TVector>.Groups == 1 ? 2 * TLanes.Count : TLanes.Count;
            for (int lane = 0; lane < PanelRows; lane += lanes)
            {
                float* target = sums + (row * PanelRows) + lane;
                if (TLanes.TakesBytes && Lanes512.IsSupported && lanes == PanelRows)
                {
                    Bytes(panel, blocks, x, width, row, target);
                }
                else if (lanes == TLanes.Count)
                {
                    Four(panel + (lane * sizeof(int)), blocks, x, width, row, target);
                }
                else
                {
                    TwoByFour(panel + (lane * sizeof(int)), blocks, x, width, row, target);
                }
            }
        }
    }

    // One vector of weights, eight rows of values: the sums stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(byte* panel, int blocks, byte* x, float* sums)
    {
        Quad a = Load(sums), b = Load(sums + (Half * PanelRows));
        for (; blocks > 0; blocks--, panel += Block, x += Full * QuantizedRows.BlockBytes)
        {
            Quad s = default, t = default, i = default, k = default;
            byte* y = x + (Half * Values), words = x + (Full * Values);
            for (int step = 0; step < Steps; step += 8)
            {
                byte* codes = panel + (step * VectorBytes);
                Step(codes, x, y, 0, ref s, ref t);
                Step(codes, x, y, 1, ref s, ref t);
                Weigh(panel, step, 2, ref s, ref t, ref i, ref k);
                Step(codes, x, y, 2, ref s, ref t);
                Step(codes, x, y, 3, ref s, ref t);
                Weigh(panel, step, 4, ref s, ref t, ref i, ref k);
                Step(codes, x, y, 4, ref s, ref t);
                Step(codes, x, y, 5, ref s, ref t);
                Weigh(panel, step, 6, ref s, ref t, ref i, ref k);
                Step(codes, x, y, 6, ref s, ref t);
                Step(codes, x, y, 7, ref s, ref t);
                Weigh(panel, step, 8, ref s, ref t, ref i, ref k);
            }

            Finish(panel, words, Full, i, ref a);
            Finish(panel, words + (Half * sizeof(float)), Full, k, ref b);
        }

        Store(a, sums);
        Store(b, sums + (Half * PanelRows));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(byte* panel, int blocks, byte* x, int width, int row, float* sums)
    {
        byte* words = x + (width * Values) + (row * sizeof(float));
        x += row * Values;
        Quad a = Load(sums);
        for (; blocks > 0; blocks--, panel += Block, x += width * QuantizedRows.BlockBytes, words += width * QuantizedRows.BlockBytes)
        {
            Quad s = default, i = default;
            for (int step = 0; step < Steps; step += 8)
            {
                byte* codes = panel + (step * VectorBytes);
                Step(codes, x, 0, ref s);
                Step(codes, x, 1, ref s);
                Weigh(panel, step, 2, ref s, ref i);
                Step(codes, x, 2, ref s);
                Step(codes, x, 3, ref s);
                Weigh(panel, step, 4, ref s, ref i);
                Step(codes, x, 4, ref s);
                Step(codes, x, 5, ref s);
                Weigh(panel, step, 6, ref s, ref i);
                Step(codes, x, 6, ref s);
                Step(codes, x, 7, ref s);
                Weigh(panel, step, 8, ref s, ref i);
            }

            Finish(panel, words, width, i, ref a);
        }

        Store(a, sums);
    }

    // Two vectors of weights, four rows of values, read once for both; the sums of floats go through memory.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoByFour(byte* panel, int blocks, byte* x, int width, int row, float* sums)
    {
        int upper = TLanes.Count * sizeof(int);
        byte* words = x + (width * Values) + (row * sizeof(float));
        x += row * Values;
        for (; blocks > 0; blocks--, panel += Block, x += width * QuantizedRows.BlockBytes, words += width * QuantizedRows.BlockBytes)
        {
            Quad s = default, t = default, i = default, k = default;
            for (int step = 0; step < Steps; step += 8)
            {
                byte* codes = panel + (step * VectorBytes);
                StepTwo(codes, x, 0, ref s, ref t);
                StepTwo(codes, x, 1, ref s, ref t);
                WeighTwo(panel, step, 2, ref s, ref t, ref i, ref k);
                StepTwo(codes, x, 2, ref s, ref t);
                StepTwo(codes, x, 3, ref s, ref t);
                WeighTwo(panel, step, 4, ref s, ref t, ref i, ref k);
                StepTwo(codes, x, 4, ref s, ref t);
                StepTwo(codes, x, 5, ref s, ref t);
                WeighTwo(panel, step, 6, ref s, ref t, ref i, ref k);
                StepTwo(codes, x, 6, ref s, ref t);
                StepTwo(codes, x, 7, ref s, ref t);
                WeighTwo(panel, step, 8, ref s, ref t, ref i, ref k);
            }

            Quad a = Load(sums);
            Finish(panel, words, width, i, ref a);
            Store(a, sums);
            a = Load(sums + TLanes.Count);
            Finish(panel + upper, words, width, k, ref a);
            Store(a, sums + TLanes.Count);
        }
    }
}
