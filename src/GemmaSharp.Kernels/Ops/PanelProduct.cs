using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// The product of a panelled matrix with many rows. Order of summation of every output, whatever the number of rows: blocks of 256
/// columns ascending; inside a block one fused multiply-add per column from zero; block sums added in order.
/// </summary>
internal readonly unsafe ref struct PanelProduct<TBlock>(PanelMatrix<TBlock> weights, Matrix x, Matrix into) : IWork
    where TBlock : struct, IWeightBlock
{
    private const int PanelRows = PanelMatrix<TBlock>.PanelRows;
    private const int BlockColumns = 256;
    private const int TileRows = 6; // 12 accumulators, 2 weights, 1 broadcast: fits 16 vector registers
    private const long ItemCost = 1 << 16;

    private readonly PanelMatrix<TBlock> _weights = weights;
    private readonly Matrix _x = x;
    private readonly Matrix _into = into;
    private readonly int _panelsPerItem = (int)long.Clamp(ItemCost / ((long)weights.ColumnCount * PanelRows * x.RowCount), 1, 16);

    /// <summary>Groups of panels to hand out.</summary>
    public int ItemCount => (_weights.PanelCount + _panelsPerItem - 1) / _panelsPerItem;

    /// <summary>Multiply-adds of the whole product.</summary>
    public long Cost => (long)_weights.RowCount * _weights.ColumnCount * _x.RowCount;

    public void Run(int item)
    {
        int end = int.Min((item + 1) * _panelsPerItem, _weights.PanelCount);
        fixed (float* x = _x.Values, into = _into.Values)
        {
            for (int panel = item * _panelsPerItem; panel < end; panel++)
            {
                if (_x.RowCount == 1)
                {
                    OneRow(panel, x, into);
                }
                else
                {
                    ManyRows(panel, x, into);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OneRow(int panel, float* x, float* into)
    {
        int columns = _weights.ColumnCount;
        byte* w = _weights.Panel(panel);
        Vector256<float> total0 = default, total1 = default;
        for (int start = 0; start < columns; start += BlockColumns)
        {
            int end = int.Min(start + BlockColumns, columns);
            Vector256<float> sum0 = default, sum1 = default;
            for (int column = start; column < end; column++, w += PanelRows * TBlock.Bytes)
            {
                Vector256<float> value = Vector256.Create(x[column]);
                sum0 = Vector256.FusedMultiplyAdd(TBlock.Load8(w), value, sum0);
                sum1 = Vector256.FusedMultiplyAdd(TBlock.Load8(w + (8 * TBlock.Bytes)), value, sum1);
            }

            total0 += sum0;
            total1 += sum1;
        }

        Store(panel, into, total0, total1);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ManyRows(int panel, float* x, float* into)
    {
        int columns = _weights.ColumnCount, outputs = _weights.RowCount, rows = _x.RowCount;
        float* block = stackalloc float[BlockColumns * PanelRows];
        float* sums = stackalloc float[TileRows * PanelRows];
        byte* w = _weights.Panel(panel);
        int width = int.Min(PanelRows, outputs - (panel * PanelRows));
        for (int start = 0; start < columns; start += BlockColumns)
        {
            int count = int.Min(BlockColumns, columns - start);
            for (int at = 0; at < count * PanelRows; at += 8, w += 8 * TBlock.Bytes)
            {
                TBlock.Load8(w).Store(block + at);
            }

            for (int row = 0; row < rows; row += TileRows)
            {
                int tile = int.Min(TileRows, rows - row);
                float* from = x + ((long)row * columns) + start;
                Tile(block, count, from, tile == TileRows ? columns : 0, sums);
                if (tile < TileRows)
                {
                    Remainder(block, count, from, columns, tile, sums);
                }

                for (int t = 0; t < tile; t++)
                {
                    float* target = into + ((long)(row + t) * outputs) + (panel * PanelRows);
                    Add(target, sums + (t * PanelRows), width, first: start == 0);
                }
            }
        }
    }

    // sums[6][16] = block [count][16] times six rows of x, `stride` floats apart.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* block, int count, float* x, nint stride, float* sums)
    {
        if (stride == 0)
        {
            return;
        }

        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector256<float> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        float* x3 = x + (3 * stride);
        for (int column = 0; column < count; column++)
        {
            Vector256<float> w0 = Vector256.Load(block), w1 = Vector256.Load(block + 8);
            Vector256<float> value = Vector256.Create(x[column]);
            a0 = Vector256.FusedMultiplyAdd(w0, value, a0);
            a1 = Vector256.FusedMultiplyAdd(w1, value, a1);
            value = Vector256.Create(x[column + stride]);
            b0 = Vector256.FusedMultiplyAdd(w0, value, b0);
            b1 = Vector256.FusedMultiplyAdd(w1, value, b1);
            value = Vector256.Create(x[column + (2 * stride)]);
            c0 = Vector256.FusedMultiplyAdd(w0, value, c0);
            c1 = Vector256.FusedMultiplyAdd(w1, value, c1);
            value = Vector256.Create(x3[column]);
            d0 = Vector256.FusedMultiplyAdd(w0, value, d0);
            d1 = Vector256.FusedMultiplyAdd(w1, value, d1);
            value = Vector256.Create(x3[column + stride]);
            e0 = Vector256.FusedMultiplyAdd(w0, value, e0);
            e1 = Vector256.FusedMultiplyAdd(w1, value, e1);
            value = Vector256.Create(x3[column + (2 * stride)]);
            f0 = Vector256.FusedMultiplyAdd(w0, value, f0);
            f1 = Vector256.FusedMultiplyAdd(w1, value, f1);
            block += PanelRows;
        }

        a0.Store(sums);
        a1.Store(sums + 8);
        b0.Store(sums + 16);
        b1.Store(sums + 24);
        c0.Store(sums + 32);
        c1.Store(sums + 40);
        d0.Store(sums + 48);
        d1.Store(sums + 56);
        e0.Store(sums + 64);
        e1.Store(sums + 72);
        f0.Store(sums + 80);
        f1.Store(sums + 88);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Remainder(float* block, int count, float* x, int stride, int rows, float* sums)
    {
        for (int row = 0; row < rows; row++, x += stride)
        {
            Vector256<float> sum0 = default, sum1 = default;
            for (int column = 0; column < count; column++)
            {
                Vector256<float> value = Vector256.Create(x[column]);
                sum0 = Vector256.FusedMultiplyAdd(Vector256.Load(block + (column * PanelRows)), value, sum0);
                sum1 = Vector256.FusedMultiplyAdd(Vector256.Load(block + (column * PanelRows) + 8), value, sum1);
            }

            sum0.Store(sums + (row * PanelRows));
            sum1.Store(sums + (row * PanelRows) + 8);
        }
    }

    private static void Add(float* target, float* sums, int width, bool first)
    {
        for (int lane = 0; lane < width; lane++)
        {
            // Zero plus the sum, so that a negative zero comes out as it does from the one-row kernel.
            target[lane] = (first ? 0f : target[lane]) + sums[lane];
        }
    }

    private void Store(int panel, float* into, Vector256<float> lower, Vector256<float> upper)
    {
        float* target = into + (panel * PanelRows);
        int width = int.Min(PanelRows, _weights.RowCount - (panel * PanelRows));
        if (width == PanelRows)
        {
            lower.Store(target);
            upper.Store(target + 8);
            return;
        }

        for (int lane = 0; lane < width; lane++)
        {
            target[lane] = lane < 8 ? lower[lane] : upper[lane - 8];
        }
    }
}
