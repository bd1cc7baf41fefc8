using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Blocks;

/// <summary>
/// Weights in the blocks of their file, [panels, blocks of a row, 16, bytes]: the 16 rows of a panel lie together, block by block, and
/// become floats only while a product needs them. The last panel is padded with zero blocks.
/// </summary>
internal sealed unsafe class BlockMatrix<TFormat> : WeightMatrix
    where TFormat : struct, IBlockFormat
{
    internal const int PanelRows = DecodedRows.Count;
    private readonly NativeBuffer _packed;
    private readonly int _blocks;
    private readonly long _stride; // bytes from panel to panel

    private BlockMatrix(int rows, int columns)
        : base(rows, columns)
    {
        _blocks = columns / TFormat.Length;
        PanelCount = (int)(((long)rows + PanelRows - 1) / PanelRows);
        _stride = PanelBytes;
        _packed = NativeBuffer.ForWeights(PanelCount * PanelBytes);
    }

    private BlockMatrix(BlockMatrix<TFormat> whole, int rows, int columns)
        : base(rows, columns)
    {
        _packed = whole._packed;
        _stride = whole._stride;
        _blocks = columns / TFormat.Length;
        PanelCount = (int)(((long)rows + PanelRows - 1) / PanelRows);
    }

    public override long Bytes => PanelCount * PanelBytes;

    internal int PanelCount { get; }

    private long PanelBytes => (long)_blocks * PanelRows * TFormat.Bytes;

    internal static BlockMatrix<TFormat> Pack(int rows, int columns, RowReader read)
    {
        if (columns % TFormat.Length != 0)
        {
            throw new ArgumentException($"{columns} columns are no whole number of blocks of {TFormat.Length}");
        }

        BlockMatrix<TFormat> matrix = new(rows, columns);
        try
        {
            PanelFill.Run(rows, checked(matrix._blocks * TFormat.Bytes), matrix._packed, read, matrix.PackPanel);
            return matrix;
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    public override void ReadRow(int row, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)RowCount);
        fixed (float* target = into[..ColumnCount])
        {
            byte* from = Block(row / PanelRows, 0, row % PanelRows);
            for (int column = 0; column < ColumnCount; column += TFormat.Length, from += PanelRows * TFormat.Bytes)
            {
                TFormat.Decode(from, target + column);
            }
        }
    }

    /// <summary>Block <paramref name="block"/> of a row of a panel; the next row's follows it.</summary>
    internal byte* Block(int panel, int block, int row) =>
        _packed.Pointer + (panel * _stride) + ((((long)block * PanelRows) + row) * TFormat.Bytes);

    internal override int ItemCount(in ProductInput x, Matrix into) => new BlockProduct<TFormat>(this, x.Rows, into).ItemCount;

    internal override void RunItem(int item, in ProductInput x, Matrix into) => new BlockProduct<TFormat>(this, x.Rows, into).Run(item);

    private protected override WeightMatrix Part(int rows, int columns) => columns % TFormat.Length == 0
        ? new BlockMatrix<TFormat>(this, rows, columns)
        : throw new ArgumentException($"{columns} columns are no whole number of blocks of {TFormat.Length}");

    private protected override void Release() => _packed.Dispose();

    private void PackPanel(int panel, byte* rows)
    {
        int rowBytes = _blocks * TFormat.Bytes;
        for (int row = 0; row < PanelRows; row++, rows += rowBytes)
        {
            byte* into = Block(panel, 0, row);
            for (byte* from = rows, end = rows + rowBytes; from < end; from += TFormat.Bytes, into += PanelRows * TFormat.Bytes)
            {
                Unsafe.CopyBlockUnaligned(into, from, (uint)TFormat.Bytes);
            }
        }
    }
}
