using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// Attention of many query rows over one set of keys and values, no mask: softmax(q · k / sqrt(depth)) v. The heads of a grid that share their
/// keys are just more rows. Scores and context are products in tiles; an item's scores stay in a core's cache.
/// </summary>
public readonly unsafe ref struct GridAttend : IWork
{
    private const int Tiles = 8;
    private const int ItemRows = Tiles * PanelTile.Rows;
    private const int Block = PanelTile.BlockColumns;
    private const int Stride = PanelTile.InputStride;
    private const int BlockValues = ItemRows * Stride;

    private readonly Matrix _queries;
    private readonly Matrix _into;
    private readonly int _positions;
    private readonly GridPanels _keys;
    private readonly GridPanels _values;

    private GridAttend(Matrix queries, Matrix into, int positions, GridPanels keys, GridPanels values)
    {
        _queries = queries;
        _into = into;
        _positions = positions;
        _keys = keys;
        _values = values;
    }

    /// <summary>queries [rows, depth], keys [positions, depth], values [positions, width] to into [rows, width].</summary>
    public static void Run(Matrix queries, Matrix keys, Matrix values, Matrix into, ThreadTeam team)
    {
        using NativeBuffer room = new(sizeof(float) * (GridPanels.Length(keys.RowCount, keys.ColumnCount) + GridPanels.Length(values.ColumnCount, values.RowCount)));
        float* first = (float*)room.Pointer;
        GridPanels keyPanels = new(first, keys.RowCount, keys.ColumnCount);
        GridPanels valuePanels = new(first + GridPanels.Length(keys.RowCount, keys.ColumnCount), values.ColumnCount, values.RowCount);
        keyPanels.FillRows(keys, 1f / MathF.Sqrt(keys.ColumnCount));
        valuePanels.FillColumns(values);
        GridAttend work = new(queries, into, keys.RowCount, keyPanels, valuePanels);
        long cost = (long)queries.RowCount * keys.RowCount * (keys.ColumnCount + values.ColumnCount);
        team.Run(ref work, (queries.RowCount + ItemRows - 1) / ItemRows, cost);
    }

    /// <summary>Some rows.</summary>
    public void Run(int item)
    {
        int row = item * ItemRows, rows = int.Min(ItemRows, _queries.RowCount - row), tiles = (rows + PanelTile.Rows - 1) / PanelTile.Rows;
        int blocks = (_positions + Block - 1) / Block;
        long contextLength = (long)ItemRows * _values.PaddedOutputs;
        float* inputs = ThreadRoom.Floats(BlockValues + ((long)blocks * BlockValues) + contextLength + ItemRows);
        float* scores = inputs + BlockValues, context = scores + ((long)blocks * BlockValues), factors = context + contextLength;
        Score(row, rows, tiles, inputs, scores);
        for (int at = 0; at < rows; at++)
        {
            factors[at] = 1f / GridSoftmax.Exponentials(scores + (at * Stride), BlockValues, _positions);
        }

        Gather(tiles, scores, context);
        for (int at = 0; at < rows; at++)
        {
            Elementwise.Scale(new ReadOnlySpan<float>(context + ((nint)at * _values.PaddedOutputs), _into.ColumnCount), factors[at], _into[row + at]);
        }
    }

    // scores [blocks of 128 positions][rows, stride]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(int row, int rows, int tiles, float* inputs, float* scores)
    {
        MatrixRows queries = new(_queries);
        for (int start = 0; start < _keys.Columns; start += Block)
        {
            int count = int.Min(Block, _keys.Columns - start);
            for (int at = 0; at < tiles * PanelTile.Rows; at++)
            {
                queries.Copy(row + int.Min(at, rows - 1), start, count, inputs + (at * Stride));
            }

            for (int output = 0; output < _keys.PaddedOutputs; output += PanelTile.Outputs)
            {
                float* left = _keys.Panel(output) + (start * GridPanels.PanelRows), right = _keys.Panel(output + GridPanels.PanelRows) + (start * GridPanels.PanelRows);
                float* into = scores + ((nint)(output / Block) * BlockValues) + (output % Block);
                for (int tile = 0; tile < tiles; tile++)
                {
                    PanelTile.Multiply(left, right, inputs + (tile * PanelTile.Rows * Stride), count, into + (tile * PanelTile.Rows * Stride), Stride, start == 0);
                }
            }
        }
    }

    // context [rows, padded width]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(int tiles, float* scores, float* context)
    {
        nint stride = _values.PaddedOutputs;
        for (int start = 0; start < _positions; start += Block, scores += BlockValues)
        {
            int count = int.Min(Block, _positions - start);
            for (int output = 0; output < _values.PaddedOutputs; output += PanelTile.Outputs)
            {
                float* left = _values.Panel(output) + (start * GridPanels.PanelRows), right = _values.Panel(output + GridPanels.PanelRows) + (start * GridPanels.PanelRows);
                for (int tile = 0; tile < tiles; tile++)
                {
                    float* into = context + (tile * PanelTile.Rows * stride) + output;
                    PanelTile.Multiply(left, right, scores + (tile * PanelTile.Rows * Stride), count, into, stride, start == 0);
                }
            }
        }
    }
}
