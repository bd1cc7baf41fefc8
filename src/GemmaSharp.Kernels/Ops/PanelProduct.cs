using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// The product of a panelled matrix with many rows. Order of summation of every output, whatever the number of rows and the width of the
/// vectors: blocks of 128 columns ascending; inside a block one fused multiply-add per column from zero; block sums added in order.
/// </summary>
internal readonly unsafe ref struct PanelProduct<TBlock>
    where TBlock : struct, IWeightBlock
{
    private const int PanelRows = PanelMatrix<TBlock>.PanelRows;
    private const int MostRows = 192; // 16 tiles, whose copied inputs stay in the second-level cache
    private const int PairPanels = PanelTile.Outputs / PanelRows;
    private const int LeastPanels = 4;
    private const int MostPanels = 64;
    private const int EnoughItems = 64; // more give no better balance and copy the inputs more often
    private const long RowItemCost = 1 << 16;
    private const long TileItemCost = 1 << 21;

    private readonly PanelMatrix<TBlock> _weights;
    private readonly Matrix _x;
    private readonly Matrix _into;
    private readonly int _rowsPerItem;
    private readonly int _panelsPerItem;
    private readonly int _groupCount;

    public PanelProduct(PanelMatrix<TBlock> weights, Matrix x, Matrix into)
    {
        _weights = weights;
        _x = x;
        _into = into;
        int chunks = (x.RowCount + MostRows - 1) / MostRows;
        _rowsPerItem = RoundUp((x.RowCount + chunks - 1) / chunks, PanelTile.Rows);
        long panelCost = (long)weights.ColumnCount * PanelRows * int.Min(_rowsPerItem, x.RowCount);
        long wanted = (x.RowCount == 1 ? RowItemCost : TileItemCost) / panelCost;
        long shared = (long)weights.PanelCount * chunks / EnoughItems;
        _panelsPerItem = RoundUp((int)long.Clamp(long.Max(wanted, shared), LeastPanels, MostPanels), LeastPanels);
        _groupCount = (weights.PanelCount + _panelsPerItem - 1) / _panelsPerItem;
        ItemCount = _groupCount * chunks;
    }

    /// <summary>Pieces to hand out: a range of rows times a group of panels.</summary>
    public int ItemCount { get; }

    /// <summary>Computes one of them.</summary>
    public void Run(int item)
    {
        int panel = item % _groupCount * _panelsPerItem, end = int.Min(panel + _panelsPerItem, _weights.PanelCount);
        fixed (float* x = _x.Values, into = _into.Values)
        {
            if (_x.RowCount == 1)
            {
                for (; panel < end; panel += PanelChains<TBlock>.Count)
                {
                    OneRow(panel, int.Min(PanelChains<TBlock>.Count, end - panel), x, into);
                }
            }
            else
            {
                int row = item / _groupCount * _rowsPerItem;
                ManyRows(panel, end, x + ((long)row * _x.ColumnCount), into + ((long)row * _weights.RowCount), int.Min(_rowsPerItem, _x.RowCount - row));
            }
        }
    }

    // Four blocks of a panel at a time; what is left of the columns, block by block of four panels at a time.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OneRow(int panel, int count, float* x, float* into)
    {
        const int chains = PanelChains<TBlock>.Count, block = PanelTile.BlockColumns;
        float* totals = stackalloc float[chains * PanelRows], sums = stackalloc float[chains * PanelRows];
        new Span<float>(totals, chains * PanelRows).Clear();
        int columns = _weights.ColumnCount, start = columns / (chains * block) * (chains * block);
        nint blockBytes = block * PanelRows * TBlock.Bytes;
        for (int index = 0; index < count; index++)
        {
            byte* w = _weights.Panel(panel + index);
            for (int column = 0; column < start; column += chains * block, w += chains * blockBytes)
            {
                PanelChains<TBlock>.Run(w, blockBytes, x + column, block, block, sums);
                for (int chain = 0; chain < chains; chain++)
                {
                    Add(totals + (index * PanelRows), sums + (chain * PanelRows));
                }
            }
        }

        nint panelBytes = count == chains ? _weights.PanelStride : 0;
        for (; start < columns; start += block)
        {
            for (int index = 0; index < count; index += panelBytes == 0 ? 1 : chains)
            {
                byte* w = _weights.Panel(panel + index) + ((nint)start * PanelRows * TBlock.Bytes);
                PanelChains<TBlock>.Run(w, panelBytes, x + start, 0, int.Min(block, columns - start), sums);
                for (int chain = 0; chain < (panelBytes == 0 ? 1 : chains); chain++)
                {
                    Add(totals + ((index + chain) * PanelRows), sums + (chain * PanelRows));
                }
            }
        }

        int width = int.Min(count * PanelRows, _weights.RowCount - (panel * PanelRows));
        new ReadOnlySpan<float>(totals, width).CopyTo(new Span<float>(into + (panel * PanelRows), width));
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ManyRows(int firstPanel, int endPanel, float* x, float* into, int rows)
    {
        const int step = PanelTile.StepColumns;
        float* inputs = stackalloc float[MostRows * PanelTile.InputStride];
        float* unpacked = stackalloc float[step * PanelTile.Outputs];
        int columns = _weights.ColumnCount;
        for (int start = 0; start < columns; start += step)
        {
            int count = int.Min(step, columns - start), padded = RoundUp(rows, PanelTile.FewRows);
            for (int row = 0; row < padded; row++)
            {
                float* from = x + ((long)int.Min(row, rows - 1) * columns) + start;
                new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(inputs + (row * PanelTile.InputStride), count));
            }

            for (int panel = firstPanel; panel < endPanel; panel += PairPanels)
            {
                float* first = Unpack(panel, start, count, unpacked);
                float* second = panel + 1 < endPanel ? Unpack(panel + 1, start, count, unpacked + (step * PanelRows)) : first;
                int width = int.Min(PanelTile.Outputs, _weights.RowCount - (panel * PanelRows));
                for (int row = 0; row < rows; row += rows - row >= PanelTile.Rows ? PanelTile.Rows : PanelTile.FewRows)
                {
                    float* target = into + ((long)row * _weights.RowCount) + (panel * PanelRows);
                    Tile(first, second, inputs + (row * PanelTile.InputStride), count, new Target(target, _weights.RowCount, width, rows - row, start == 0));
                }
            }
        }
    }

    // Where a tile goes: a full one adds to its place, a ragged one goes through a copy.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* first, float* second, float* x, int count, in Target target)
    {
        bool large = target.Rows >= PanelTile.Rows;
        int rows = int.Min(target.Rows, large ? PanelTile.Rows : PanelTile.FewRows);
        if (large && target.Width == PanelTile.Outputs)
        {
            PanelTile.Multiply(first, second, x, count, target.Values, target.Stride, target.IsFirst);
            return;
        }

        float* copy = stackalloc float[PanelTile.Rows * PanelTile.Outputs];
        new Span<float>(copy, PanelTile.Rows * PanelTile.Outputs).Clear();
        for (int row = 0; row < rows && !target.IsFirst; row++)
        {
            new ReadOnlySpan<float>(target.Values + (row * target.Stride), target.Width).CopyTo(new Span<float>(copy + (row * PanelTile.Outputs), target.Width));
        }

        if (large)
        {
            PanelTile.Multiply(first, second, x, count, copy, PanelTile.Outputs, target.IsFirst);
        }
        else
        {
            PanelTile.MultiplyFew(first, second, x, count, copy, PanelTile.Outputs, target.IsFirst);
        }

        for (int row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(copy + (row * PanelTile.Outputs), target.Width).CopyTo(new Span<float>(target.Values + (row * target.Stride), target.Width));
        }
    }

    private float* Unpack(int panel, int start, int count, float* room) =>
        PanelColumns<TBlock>.Unpack(_weights.Panel(panel) + ((long)start * PanelRows * TBlock.Bytes), count, room);

    private static void Add(float* totals, float* sums)
    {
        (Vector256.Load(totals) + Vector256.Load(sums)).Store(totals);
        (Vector256.Load(totals + 8) + Vector256.Load(sums + 8)).Store(totals + 8);
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;

    private readonly struct Target(float* values, nint stride, int width, int rows, bool isFirst)
    {
        public readonly float* Values = values;
        public readonly nint Stride = stride;
        public readonly int Width = width;
        public readonly int Rows = rows;
        public readonly bool IsFirst = isFirst;
    }
}
