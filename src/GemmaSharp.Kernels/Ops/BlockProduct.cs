using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// The product of a block matrix with float rows, weights decoded on the way. Order of summation of every output, whatever the number of
/// rows: runs of 256 columns ascending, inside a run as <see cref="DecodedRows"/> says, sums added in order.
/// </summary>
internal readonly unsafe ref struct BlockProduct<TFormat>(BlockMatrix<TFormat> weights, Matrix x, Matrix into)
    where TFormat : struct, IBlockFormat
{
    private const int PanelRows = BlockMatrix<TFormat>.PanelRows;
    private const long ItemCost = 1 << 16;

    private readonly BlockMatrix<TFormat> _weights = weights;
    private readonly Matrix _x = x;
    private readonly Matrix _into = into;
    private readonly int _panelsPerItem = (int)long.Clamp(ItemCost / ((long)weights.ColumnCount * PanelRows * x.RowCount), 1, 16);

    /// <summary>Groups of panels to hand out.</summary>
    public int ItemCount => (_weights.PanelCount + _panelsPerItem - 1) / _panelsPerItem;

    /// <summary>Computes one of them.</summary>
    public void Run(int item)
    {
        int end = int.Min((item + 1) * _panelsPerItem, _weights.PanelCount);
        fixed (float* x = _x.Values, into = _into.Values)
        {
            for (int panel = item * _panelsPerItem; panel < end; panel++)
            {
                RunPanel(panel, x, into);
            }
        }
    }

    [SkipLocalsInit]
    private void RunPanel(int panel, float* x, float* into)
    {
        int columns = _weights.ColumnCount, outputs = _weights.RowCount, rows = _x.RowCount;
        float* decoded = stackalloc float[DecodedRows.Count * DecodedRows.Stride];
        float* sums = stackalloc float[DecodedRows.Height * DecodedRows.Count];
        int width = int.Min(PanelRows, outputs - (panel * PanelRows));
        for (int start = 0; start < columns; start += DecodedRows.Stride)
        {
            int count = int.Min(DecodedRows.Stride, columns - start), height;
            Decode(panel, start, count, decoded);
            for (int row = 0; row < rows; row += height)
            {
                float* from = x + ((long)row * columns) + start;
                height = rows - row >= DecodedRows.Height ? DecodedRows.Height : 1;
                if (height == 1)
                {
                    DecodedRows.MultiplyOne(decoded, count, from, sums);
                }
                else
                {
                    DecodedRows.MultiplyThree(decoded, count, from, columns, sums);
                }

                for (int t = 0; t < height; t++)
                {
                    Add(into + ((long)(row + t) * outputs) + (panel * PanelRows), sums + (t * PanelRows), width, first: start == 0);
                }
            }
        }
    }

    // decoded [16, 256]
    private void Decode(int panel, int start, int count, float* decoded)
    {
        for (int column = 0; column < count; column += TFormat.Length)
        {
            byte* from = _weights.Block(panel, (start + column) / TFormat.Length, 0);
            for (int row = 0; row < PanelRows; row++, from += TFormat.Bytes)
            {
                TFormat.Decode(from, decoded + (row * DecodedRows.Stride) + column);
            }
        }
    }

    private static void Add(float* target, float* sums, int width, bool first)
    {
        for (int lane = 0; lane < width; lane++)
        {
            target[lane] = (first ? 0f : target[lane]) + sums[lane];
        }
    }
}
