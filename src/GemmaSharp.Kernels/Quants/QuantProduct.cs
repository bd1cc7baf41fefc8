using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// The product of a matrix with quantised rows. An item is a group of panels; with many rows, times a range of tiles. Columns pass in
/// steps whose quantised values stay in the second-level cache while all panels of the group use them.
/// </summary>
internal readonly unsafe ref struct QuantProduct<TKernel, TPanels, TLanes, TVector> : IWork
    where TKernel : struct, IQuantKernel
    where TPanels : struct, IPanels
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int PanelRows = QuantLayout.PanelRows;
    private const int TileSums = QuantizedRows.TileRows * PanelRows;

    // Of a second-level cache that has 512 KB on Zen 3, a third for values and a fifth for sums.
    private const int ValueBytes = 160 * 1024;
    private const int SumBytes = 96 * 1024;
    private const int MostTiles = 24;
    private const int PanelsAtOnce = 3;
    private const int FewTiles = 2; // they take as long as memory: one stream of weights
    private const int RunColumns = QuantizedRows.RunColumns;

    private const int ItemsPerThread = 4;

    private readonly TPanels _panels;
    private readonly ReadOnlySpan<float> _factors;
    private readonly byte* _x;
    private readonly Matrix _needed; // panels of one row whose outputs are all zero here are left zero; empty where all are wanted
    private readonly Matrix _into;
    private readonly int _panelsPerItem;
    private readonly int _tilesPerItem;
    private readonly int _groupCount;

    /// <param name="panels">The weights.</param>
    /// <param name="factors">By which each row's sums are multiplied.</param>
    /// <param name="x">The values.</param>
    /// <param name="into">Where the products go.</param>
    public QuantProduct(TPanels panels, ReadOnlySpan<float> factors, in ProductInput x, Matrix into)
    {
        _panels = panels;
        _factors = factors;
        _x = x.Codes;
        _needed = x.Needed;
        _into = into;
        int tiles = QuantizedRows.Tiles(into.RowCount), ranges = (tiles + MostTiles - 1) / MostTiles;
        _tilesPerItem = ranges == 0 ? 1 : (tiles + ranges - 1) / ranges;
        long byCache = into.RowCount == 1 ? TPanels.StreamBytes / panels.PanelBytes : SumBytes / (_tilesPerItem * TileSums * sizeof(float));
        long byThreads = (long)panels.Count * ranges / ((long)x.Threads * ItemsPerThread);
        _panelsPerItem = (int)long.Max(long.Min(byCache, byThreads), 1);
        _groupCount = (panels.Count + _panelsPerItem - 1) / _panelsPerItem;
        ItemCount = _groupCount * ranges;
    }

    /// <summary>Pieces to hand out.</summary>
    public int ItemCount { get; }

    public void Run(int item)
    {
        int first = item % _groupCount * _panelsPerItem, count = int.Min(_panelsPerItem, _panels.Count - first);
        fixed (float* into = _into.Values, factors = _factors)
        {
            if (_into.RowCount == 1)
            {
                OneRow(first, first + count, into, factors);
                return;
            }

            int tile = item / _groupCount * _tilesPerItem, tiles = int.Min(_tilesPerItem, QuantizedRows.Tiles(_into.RowCount) - tile);
            float* sums = (float*)QuantScratch.Sums((long)count * tiles * TileSums * sizeof(float));
            new Span<float>(sums, count * tiles * TileSums).Clear();
            ManyRows(first, count, tile, tiles, sums);
            Store(first, count, tile, tiles, sums, into, factors);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void OneRow(int first, int end, float* into, float* factors)
    {
        float* sums = stackalloc float[PanelRows];
        for (int panel = first; panel < end; panel++)
        {
            new Span<float>(sums, PanelRows).Clear();
            if (!IsNeeded(panel))
            {
                new Span<float>(into + (panel * PanelRows), int.Min(PanelRows, _into.ColumnCount - (panel * PanelRows))).Clear();
                continue;
            }

            _panels.Multiply<TLanes, TVector>(panel, _x, sums);
            int output = panel * PanelRows;
            Store(sums, factors + output, into + output, _into.ColumnCount - output);
        }
    }

    private bool IsNeeded(int panel)
    {
        int first = panel * PanelRows;
        return _needed.RowCount == 0 || _needed.Values[first..int.Min(first + PanelRows, _needed.ColumnCount)].ContainsAnyExcept(0f);
    }

    // sums[panels, tiles, 8, 16]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ManyRows(int first, int count, int firstTile, int tiles, float* sums)
    {
        int columns = _panels.ColumnCount, valueBytes = tiles * QuantizedRows.TileRows * QuantizedRows.BlockBytes;
        int step = int.Max(ValueBytes / valueBytes * QuantizedRows.BlockColumns / RunColumns, 1) * RunColumns;
        int atOnce = tiles <= FewTiles ? 1 : PanelsAtOnce;
        for (int start = 0; start < columns; start += step)
        {
            int end = int.Min(start + step, columns);
            for (int panel = 0; panel < count; panel += atOnce)
            {
                int some = int.Min(atOnce, count - panel);
                for (int column = start; column < end; column += RunColumns)
                {
                    // While this run is computed, the next one comes into the second-level cache.
                    bool isLast = column + RunColumns >= end;
                    Ask(first + panel + (isLast ? some : 0), some, isLast ? start : column + RunColumns);
                    RunOfPanels(first + panel, some, column, firstTile, tiles, sums + (panel * tiles * TileSums));
                }
            }
        }
    }

    private void Ask(int first, int count, int column)
    {
        for (int panel = first; panel < first + count; panel++)
        {
            _panels.Ask(panel, column, QuantizedRows.RunBlocks(column, _panels.ColumnCount));
        }
    }

    // A few panels at a time, which lie unpacked in the first-level cache while the values pass.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunOfPanels(int first, int count, int column, int firstTile, int tiles, float* sums)
    {
        const int blocks = RunColumns / QuantizedRows.BlockColumns;
        int runBytes = blocks * UnpackedRun<TKernel, TLanes, TVector>.BlockBytes;
        byte* unpacked = stackalloc byte[(PanelsAtOnce * runBytes) + CacheLine.Bytes];
        unpacked = CacheLine.AtOrBehind(unpacked);
        int columns = _panels.ColumnCount, rows = _into.RowCount, length = QuantizedRows.RunBlocks(column, columns);
        for (int panel = 0; panel < count; panel++)
        {
            _panels.Unpack<TLanes, TVector>(first + panel, column, length, unpacked + (panel * runBytes));
        }

        for (int tile = 0; tile < tiles; tile++)
        {
            byte* x = _x + QuantizedRows.Offset(firstTile + tile, column, rows, columns);
            int width = QuantizedRows.Width(firstTile + tile, rows);
            for (int panel = 0; panel < count; panel++)
            {
                float* target = sums + (((panel * tiles) + tile) * TileSums);
                QuantTile<TKernel, TLanes, TVector>.Multiply(unpacked + (panel * runBytes), length, x, width, target);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Store(int first, int count, int firstTile, int tiles, float* sums, float* into, float* factors)
    {
        int outputs = _into.ColumnCount, firstRow = firstTile * QuantizedRows.TileRows;
        int rows = int.Min(tiles * QuantizedRows.TileRows, _into.RowCount - firstRow);
        for (int row = 0; row < rows; row++)
        {
            float* target = into + ((long)(firstRow + row) * outputs);
            for (int panel = 0; panel < count; panel++)
            {
                int output = (first + panel) * PanelRows;
                Store(sums + (panel * tiles * TileSums) + (row * PanelRows), factors + output, target + output, outputs - output);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store(float* sums, float* factors, float* target, int width)
    {
        if (width >= PanelRows)
        {
            for (int lane = 0; lane < PanelRows; lane += TLanes.Count)
            {
                TLanes.Store(TLanes.Multiply(TLanes.Load(sums + lane), TLanes.Load(factors + lane)), target + lane);
            }

            return;
        }

        for (int lane = 0; lane < width; lane++)
        {
            target[lane] = sums[lane] * factors[lane];
        }
    }
}
