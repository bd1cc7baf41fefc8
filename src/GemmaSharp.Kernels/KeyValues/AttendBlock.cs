using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Quants;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// Attention of a tile over a block, as two products with a softmax between them: queries times keys, weights times values. Both sum as
/// <see cref="PanelTile"/> does, so a row's bits depend on its own range alone: where it sees nothing its weights are zero.
/// </summary>
internal static unsafe class AttendBlock<TKeys, TValues, TLanes, TVector>
    where TKeys : struct, IKeyPanel
    where TValues : struct, IValuePanel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int Lanes = CacheLayout.Lanes;
    private const int PanelRows = Lanes / 2;

    public static void Run(in CacheLayout layout, byte* keys, byte* values, int firstPosition, in AttendTile tile)
    {
        AttendRange range = tile.Range(firstPosition);
        for (int lane = range.From / Lanes * Lanes; lane < range.To; lane += Lanes)
        {
            byte* panel = keys + ((nint)(lane / Lanes) * layout.KeyPanelBytes);
            for (int column = 0; column < layout.HeadDim; column += PanelTile.StepColumns)
            {
                int count = int.Min(PanelTile.StepColumns, layout.HeadDim - column);
                Multiply<TKeys>(tile, panel, column, count, tile.Queries(column), tile.Weights + lane, PanelTile.InputStride, column == 0);
            }
        }

        for (int row = 0; row < tile.Count; row++)
        {
            BlockSoftmax.Row(tile.Weights + (row * PanelTile.InputStride), tile.Range(row, firstPosition), range, tile.Stats + (2 * row));
        }

        int width = AttendTile.PaddedWidth(layout.HeadDim);
        for (int lane = 0; lane < width; lane += Lanes, values += layout.ValuePanelBytes)
        {
            Multiply<TValues>(tile, values, range.From, range.To - range.From, tile.Weights + range.From, tile.Sums + lane, width, fresh: true);
        }
    }

    private static void Multiply<TPanel>(in AttendTile tile, byte* panel, int start, int count, float* x, float* totals, nint stride, bool fresh)
        where TPanel : struct, ICachePanel
    {
        int rows = tile.Rows;
        if (rows <= AttendTile.FewRows)
        {
            for (int row = 0; row < rows; row += AttendTile.RowUnit)
            {
                FewRows<TPanel, TLanes, TVector>.Multiply(panel, start, count, x + (row * PanelTile.InputStride), totals + (row * stride), stride, fresh);
            }

            return;
        }

        float* first = tile.Unpacked, second = first + (count * PanelRows);
        Unpack<TPanel>(panel, start, count, first, second);
        int tiled = rows / PanelTile.Rows * PanelTile.Rows;
        for (int row = 0; row < tiled; row += PanelTile.Rows)
        {
            PanelTile.Multiply(first, second, x + (row * PanelTile.InputStride), count, totals + (row * stride), stride, fresh);
        }

        for (int row = tiled; row < rows; row += PanelTile.FewRows)
        {
            PanelTile.MultiplyFew(first, second, x + (row * PanelTile.InputStride), count, totals + (row * stride), stride, fresh);
        }
    }

    // Into two panels of 16 lanes, [count, 16] each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack<TPanel>(byte* panel, int start, int count, float* first, float* second)
        where TPanel : struct, ICachePanel
    {
        for (nint column = 0; column < count; column++)
        {
            for (nint lane = 0; lane < PanelRows; lane += TLanes.Count)
            {
                (TVector lower, TVector upper) = TPanel.Load<TLanes, TVector>(panel, start + column, lane);
                TLanes.Store(lower, first + (column * PanelRows) + lane);
                TLanes.Store(upper, second + (column * PanelRows) + lane);
            }
        }
    }
}
