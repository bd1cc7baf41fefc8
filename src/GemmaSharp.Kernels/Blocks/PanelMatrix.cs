using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Blocks;

/// <summary>
/// Weights as panels of 16 rows, [panels, columns, 16]: one load serves 16 outputs. The last panel is padded with zero rows.
/// </summary>
internal sealed unsafe class PanelMatrix<TBlock> : WeightMatrix
    where TBlock : struct, IWeightBlock
{
    internal const int PanelRows = 16;
    private readonly NativeBuffer _packed;

    private PanelMatrix(int rows, int columns)
        : base(rows, columns)
    {
        PanelCount = (rows + PanelRows - 1) / PanelRows;
        _packed = new NativeBuffer((long)PanelCount * PanelRows * columns * TBlock.Bytes);
    }

    public override long Bytes => _packed.Length;

    internal int PanelCount { get; }

    internal static PanelMatrix<TBlock> Pack(int rows, int columns, RowReader read)
    {
        PanelMatrix<TBlock> matrix = new(rows, columns);
        try
        {
            int rowBytes = checked(columns * TBlock.Bytes);
            byte[] block = new byte[checked((long)rowBytes * int.Min(rows, PanelRows))];
            for (int panel = 0; panel < matrix.PanelCount; panel++)
            {
                int first = panel * PanelRows;
                int count = int.Min(PanelRows, rows - first);
                Span<byte> bytes = block.AsSpan(0, rowBytes * count);
                read((long)first * rowBytes, bytes);
                matrix.Interleave(panel, bytes, count);
            }

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
        byte* from = Panel(row / PanelRows) + (row % PanelRows * TBlock.Bytes);
        for (int column = 0; column < ColumnCount; column++)
        {
            into[column] = TBlock.Load(from + ((long)column * PanelRows * TBlock.Bytes));
        }
    }

    internal byte* Panel(int panel) => _packed.Pointer + ((long)panel * PanelRows * ColumnCount * TBlock.Bytes);

    internal override int ItemCount(in ProductInput x, Matrix into) => new PanelProduct<TBlock>(this, x.Rows, into).ItemCount;

    internal override void RunItem(int item, in ProductInput x, Matrix into) => new PanelProduct<TBlock>(this, x.Rows, into).Run(item);

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _packed.Dispose();
        }
    }

    private void Interleave(int panel, ReadOnlySpan<byte> rows, int count)
    {
        if (TBlock.Bytes == sizeof(ushort))
        {
            Interleave(MemoryMarshal.Cast<byte, ushort>(rows), (ushort*)Panel(panel), count);
        }
        else
        {
            Interleave(MemoryMarshal.Cast<byte, uint>(rows), (uint*)Panel(panel), count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Interleave<T>(ReadOnlySpan<T> rows, T* into, int count)
        where T : unmanaged
    {
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<T> source = rows.Slice(row * ColumnCount, ColumnCount);
            for (int column = 0; column < source.Length; column++)
            {
                into[((long)column * PanelRows) + row] = source[column];
            }
        }
    }
}
