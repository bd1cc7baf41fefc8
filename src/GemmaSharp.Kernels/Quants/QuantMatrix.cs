using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Packed weights, [panels, blocks, packed block], in the order in which products read them: one sequential stream, and a prefix of a panel is
/// a prefix of its columns. The last panel is padded with zero rows.
/// </summary>
internal sealed unsafe class QuantMatrix<TKernel> : PanelWeights<TKernel, PackedPanels<TKernel>>
    where TKernel : struct, IQuantKernel
{
    private const int PanelRows = QuantLayout.PanelRows;
    private readonly NativeBuffer _packed;
    private readonly long _stride; // bytes from panel to panel

    private QuantMatrix(int rows, int columns)
        : base(rows, columns)
    {
        _stride = (long)BlockCount * QuantLayout.BlockBytes<TKernel>();
        _packed = NativeBuffer.ForWeights(PanelCount * _stride);
    }

    private QuantMatrix(QuantMatrix<TKernel> whole, int rows, int columns)
        : base(whole, rows, columns)
    {
        _packed = whole._packed;
        _stride = whole._stride;
    }

    private protected override PackedPanels<TKernel> Panels => new(_packed.Pointer, _stride, PanelCount, BlockCount);

    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="read">Supplies the file's bytes.</param>
    /// <param name="alone">Whether the calling thread does all of it.</param>
    internal static QuantMatrix<TKernel> Pack(int rows, int columns, RowReader read, bool alone = false)
    {
        QuantMatrix<TKernel> matrix = new(rows, columns);
        try
        {
            PanelFill.Run(rows, checked(matrix.BlockCount * TKernel.FileBytes), matrix._packed, read, matrix.PackPanel, alone);
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
        ArgumentOutOfRangeException.ThrowIfLessThan(into.Length, ColumnCount);
        byte* packed = Panels[row / PanelRows];
        fixed (float* values = into)
        {
            float* to = values;
            for (int block = 0; block < BlockCount; block++)
            {
                byte* header = packed;
                packed += TKernel.HeaderBytes;
                for (int sub = 0; sub < QuantLayout.SubBlocks<TKernel>(); sub++)
                {
                    ReadSubBlock(header, packed, row % PanelRows, Shifts[row], to);
                    packed += QuantLayout.SubBytes<TKernel>();
                    to += QuantizedRows.BlockColumns;
                }
            }
        }
    }

    private protected override WeightMatrix Cut(int rows, int columns) => new QuantMatrix<TKernel>(this, rows, columns);

    private protected override void Release() => _packed.Dispose();

    private static void ReadSubBlock(byte* header, byte* scales, int row, int shift, float* into)
    {
        const int dwords = QuantizedRows.BlockColumns / sizeof(uint);
        uint* codes = stackalloc uint[dwords];
        CodePlanes.Read(TKernel.CodeBits, scales + TKernel.ScaleBytes, row, codes);
        for (int half = 0; half < 2; half++)
        {
            (float factor, float addend) = TKernel.ReadScales(header, scales, row, half, shift);
            for (int column = half * 16; column < (half + 1) * 16; column++)
            {
                into[column] = (factor * TKernel.Value(((byte*)codes)[column])) + addend;
            }
        }
    }

    private void PackPanel(int panel, byte* rows)
    {
        int first = panel * PanelRows;
        long rowBytes = (long)BlockCount * TKernel.FileBytes;
        for (int row = 0; row < PanelRows; row++)
        {
            Lift(first + row, rows + (row * rowBytes));
        }

        QuantPacking<TKernel>.Pack(rows, BlockCount, Shifts.AsSpan(first, PanelRows), Panels[panel]);
    }
}
