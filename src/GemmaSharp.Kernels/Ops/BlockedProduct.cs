using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// The product of a panelled matrix with very many rows, summed as <see cref="PanelProduct{TBlock}"/> sums. An item is some rows times some
/// outputs: its sums, a block of its inputs and one of its weights stay in a core's caches, and both are fetched once for all of them.
/// </summary>
internal readonly unsafe ref struct BlockedProduct<TBlock, TRows> : IWork
    where TBlock : struct, IWeightBlock
    where TRows : IProductRows, allows ref struct
{
    /// <summary>From so many rows on it is the faster one.</summary>
    public const int LeastRows = 48;

    private const int PanelRows = PanelMatrix<TBlock>.PanelRows;
    private const int PairPanels = PanelTile.Outputs / PanelRows;
    private const int Block = PanelTile.BlockColumns;
    private const int MostTiles = 16; // 192 rows
    private const int MostPairs = 10; // 320 outputs: 245 KB of sums
    private const int ItemsPerThread = 4;
    private const int TileValues = PanelTile.Rows * PanelTile.Outputs;
    private const int TileInputs = PanelTile.Rows * PanelTile.InputStride;
    private const int WeightValues = Block * PanelTile.Outputs;

    private readonly PanelMatrix<TBlock> _weights;
    private readonly TRows _rows;
    private readonly Matrix _into;
    private readonly int _tilesPerItem;
    private readonly int _pairsPerItem;
    private readonly int _groupCount;

    public BlockedProduct(PanelMatrix<TBlock> weights, TRows rows, Matrix into, int threads)
    {
        _weights = weights;
        _rows = rows;
        _into = into;
        int pairs = Parts(weights.PanelCount, PairPanels), tiles = Parts(rows.Count, PanelTile.Rows), chunks = Parts(tiles, MostTiles);
        _tilesPerItem = Parts(tiles, chunks);
        chunks = Parts(tiles, _tilesPerItem);
        int groups = int.Min(pairs, int.Max(Parts(pairs, MostPairs), Parts(threads * ItemsPerThread, chunks)));
        _pairsPerItem = Parts(pairs, groups);
        _groupCount = Parts(pairs, _pairsPerItem);
        ItemCount = _groupCount * chunks;
    }

    /// <summary>Pieces to hand out.</summary>
    public int ItemCount { get; }

    /// <summary>Multiply-adds of the whole product.</summary>
    public long Cost => (long)_weights.RowCount * _weights.ColumnCount * _rows.Count;

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int item)
    {
        float* room = stackalloc float[(MostTiles * MostPairs * TileValues) + WeightValues + (MostTiles * TileInputs) + (CacheLine.Bytes / sizeof(float))];
        float* unpacked = (float*)CacheLine.AtOrBehind(room), inputs = unpacked + WeightValues, totals = inputs + (MostTiles * TileInputs);
        int row = item / _groupCount * _tilesPerItem * PanelTile.Rows, rows = int.Min(_tilesPerItem * PanelTile.Rows, _rows.Count - row);
        int first = item % _groupCount * _pairsPerItem * PairPanels, end = int.Min(first + (_pairsPerItem * PairPanels), _weights.PanelCount);
        int tiles = Parts(rows, PanelTile.Rows), columns = _weights.ColumnCount;
        for (int start = 0; start < columns; start += Block)
        {
            int count = int.Min(Block, columns - start);
            for (int at = 0; at < tiles * PanelTile.Rows; at++)
            {
                _rows.Copy(row + int.Min(at, rows - 1), start, count, inputs + (at * PanelTile.InputStride));
            }

            for (int panel = first; panel < end; panel += PairPanels)
            {
                byte* w = Weights(panel, start), ahead = panel + PairPanels < end ? Weights(panel + PairPanels, start) : Weights(first, start + Block);
                float* left = PanelColumns<TBlock>.Unpack(w, count, unpacked), right = left;
                if (panel + 1 < end)
                {
                    right = PanelColumns<TBlock>.Unpack(Weights(panel + 1, start), count, unpacked + (Block * PanelRows));
                }

                Tiles(left, right, inputs, count, totals + ((panel - first) / PairPanels * tiles * TileValues), new Pass(tiles, ahead, start == 0));
            }
        }

        Store(totals, row, rows, first * PanelRows, int.Min(end * PanelRows, _weights.RowCount));
    }

    // The next pair's weights are asked for meanwhile, an equal share with every tile.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Tiles(float* left, float* right, float* inputs, int count, float* sums, in Pass pass)
    {
        int share = Parts(Block, pass.Tiles), shareBytes = share * PanelRows * TBlock.Bytes;
        for (int tile = 0; tile < pass.Tiles; tile++, inputs += TileInputs, sums += TileValues)
        {
            PanelColumns<TBlock>.Prefetch(pass.Ahead + (tile * shareBytes), share);
            PanelColumns<TBlock>.Prefetch(pass.Ahead + _weights.PanelStride + (tile * shareBytes), share);
            PanelTile.Multiply(left, right, inputs, count, sums, PanelTile.Outputs, pass.IsFirst);
        }
    }

    private void Store(float* totals, int row, int rows, int firstOutput, int endOutput)
    {
        int pairValues = Parts(rows, PanelTile.Rows) * TileValues;
        for (int at = 0; at < rows; at++)
        {
            Span<float> target = _into[row + at];
            float* sums = totals + (at * PanelTile.Outputs); // tiles of a pair lie one behind the other
            for (int output = firstOutput; output < endOutput; output += PanelTile.Outputs, sums += pairValues)
            {
                int width = int.Min(PanelTile.Outputs, endOutput - output);
                new ReadOnlySpan<float>(sums, width).CopyTo(target.Slice(output, width));
            }
        }
    }

    private byte* Weights(int panel, int column) => _weights.Panel(panel) + ((nint)column * PanelRows * TBlock.Bytes);

    private static int Parts(int whole, int part) => (whole + part - 1) / part;

    private readonly struct Pass(int tiles, byte* ahead, bool isFirst)
    {
        public readonly int Tiles = tiles;
        public readonly byte* Ahead = ahead;
        public readonly bool IsFirst = isFirst;
    }
}
