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
        PanelStride = (nint)columns * PanelRows * TBlock.Bytes;
        _packed = NativeBuffer.ForWeights(PanelCount * (long)PanelStride);
    }

    private PanelMatrix(PanelMatrix<TBlock> whole, int rows, int columns)
        : base(rows, columns)
    {
        _packed = whole._packed;
        PanelCount = (rows + PanelRows - 1) / PanelRows;
        PanelStride = whole.PanelStride;
    }

    public override long Bytes => (long)PanelCount * PanelRows * ColumnCount * TBlock.Bytes;

    internal int PanelCount { get; }

    /// <summary>Bytes from panel to panel.</summary>
    internal nint PanelStride { get; }

    internal static PanelMatrix<TBlock> Pack(int rows, int columns, RowReader read)
    {
        PanelMatrix<TBlock> matrix = new(rows, columns);
        try
        {
            PanelFill.Run(rows, checked(columns * TBlock.Bytes), matrix._packed, read, matrix.PackPanel);
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

    internal byte* Panel(int panel) => _packed.Pointer + (panel * PanelStride);

    internal override int ItemCount(in ProductInput x, Matrix into) =>
        IsBlocked(x) ? Blocked(x, into).ItemCount : new PanelProduct<TBlock>(this, x.Rows, into).ItemCount;

    internal override void RunItem(int item, in ProductInput x, Matrix into)
    {
        if (IsBlocked(x))
        {
            Blocked(x, into).Run(item);
            return;
        }

        new PanelProduct<TBlock>(this, x.Rows, into).Run(item);
    }

    private protected override WeightMatrix Part(int rows, int columns) => new PanelMatrix<TBlock>(this, rows, columns);

    private protected override void Release() => _packed.Dispose();

    private static bool IsBlocked(in ProductInput x) => x.Rows.RowCount >= BlockedProduct<TBlock, MatrixRows>.LeastRows;

    private BlockedProduct<TBlock, MatrixRows> Blocked(in ProductInput x, Matrix into) => new(this, new MatrixRows(x.Rows), into, x.Threads);

    private void PackPanel(int panel, byte* rows)
    {
        if (TBlock.Bytes == sizeof(ushort))
        {
            TurnedRows.TurnHalves(rows, ColumnCount, Panel(panel));
        }
        else
        {
            TurnedRows.TurnSingles(rows, ColumnCount, Panel(panel));
        }
    }
}
