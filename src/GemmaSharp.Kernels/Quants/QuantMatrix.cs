using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Quantised weights in panels of 16 rows, [panels, blocks, packed block], in the order in which products read them: one sequential stream,
/// and a prefix of a panel is a prefix of its columns. The last panel is padded with zero rows. Products quantise the other side to 8 bits.
/// </summary>
internal sealed unsafe class QuantMatrix<TKernel> : WeightMatrix
    where TKernel : struct, IQuantKernel
{
    private const int PanelRows = QuantLayout.PanelRows;
    private readonly NativeBuffer _packed;
    private readonly bool _isPart;
    private readonly long _stride; // bytes from panel to panel
    private readonly float[] _factors; // undo the rows' shifts; NaN where a scale of the row is no finite number
    private readonly sbyte[] _shifts;

    private QuantMatrix(int rows, int columns)
        : base(rows, columns)
    {
        if (columns % TKernel.Columns != 0)
        {
            throw new ArgumentException($"{columns} columns are no whole number of blocks of {TKernel.Columns}");
        }

        PanelCount = (rows + PanelRows - 1) / PanelRows;
        BlockCount = columns / TKernel.Columns;
        PanelBytes = (long)BlockCount * QuantLayout.BlockBytes<TKernel>();
        _stride = PanelBytes;
        _factors = new float[PanelCount * PanelRows];
        _shifts = new sbyte[PanelCount * PanelRows];
        _packed = NativeBuffer.ForWeights(PanelCount * PanelBytes);
    }

    private QuantMatrix(QuantMatrix<TKernel> whole, int rows, int columns)
        : base(rows, columns)
    {
        _isPart = true;
        _packed = whole._packed;
        _stride = whole._stride;
        _shifts = whole._shifts;
        PanelCount = (rows + PanelRows - 1) / PanelRows;
        BlockCount = columns / TKernel.Columns;
        PanelBytes = (long)BlockCount * QuantLayout.BlockBytes<TKernel>();
        _factors = columns == whole.ColumnCount ? whole._factors : [.. whole._factors.Take(PanelCount * PanelRows).Select(FactorOfPart)];
    }

    public override long Bytes => PanelCount * (PanelBytes + (PanelRows * QuantLayout.RowBytes));

    internal override bool TakesCodes => true;

    internal int PanelCount { get; }

    internal int BlockCount { get; }

    /// <summary>Bytes of a panel that products read.</summary>
    internal long PanelBytes { get; }

    /// <summary>Bytes of a panel that a prefix of the columns leaves out.</summary>
    internal long GapBytes => _stride - PanelBytes;

    internal ReadOnlySpan<float> Factors => _factors;

    internal static QuantMatrix<TKernel> Pack(int rows, int columns, RowReader read)
    {
        QuantMatrix<TKernel> matrix = new(rows, columns);
        try
        {
            PanelFill.Run(rows, checked(matrix.BlockCount * TKernel.FileBytes), matrix._packed, read, matrix.PackPanel);
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
        byte* packed = Panel(row / PanelRows);
        fixed (float* values = into)
        {
            float* to = values;
            for (int block = 0; block < BlockCount; block++)
            {
                byte* header = packed;
                packed += TKernel.HeaderBytes;
                for (int sub = 0; sub < QuantLayout.SubBlocks<TKernel>(); sub++)
                {
                    ReadSubBlock(header, packed, row % PanelRows, _shifts[row], to);
                    packed += QuantLayout.SubBytes<TKernel>();
                    to += QuantizedRows.BlockColumns;
                }
            }
        }
    }

    internal override int ItemCount(in ProductInput x, Matrix into) => new QuantProduct<TKernel, Lanes128, Vector128<byte>>(this, x.Codes, into, x.Threads).ItemCount;

    internal override void RunItem(int item, in ProductInput x, Matrix into)
    {
        // Dot products of bytes need half the work of two planes.
        bool takesBytes = TKernel.Planes == 2 && LanesVnni.IsSupported;
        if (Lanes512.IsSupported && !takesBytes)
        {
            new QuantProduct<TKernel, Lanes512, Vector512<byte>>(this, x.Codes, into, x.Threads) { Needed = x.Needed }.Run(item);
        }
        else if (LanesVnni.IsSupported)
        {
            new QuantProduct<TKernel, LanesVnni, Vector256<byte>>(this, x.Codes, into, x.Threads) { Needed = x.Needed }.Run(item);
        }
        else if (Lanes256.IsSupported)
        {
            new QuantProduct<TKernel, Lanes256, Vector256<byte>>(this, x.Codes, into, x.Threads) { Needed = x.Needed }.Run(item);
        }
        else
        {
            new QuantProduct<TKernel, Lanes128, Vector128<byte>>(this, x.Codes, into, x.Threads) { Needed = x.Needed }.Run(item);
        }
    }

    /// <summary>The product with vectors of one width; every width gives the same bits.</summary>
    internal void Multiply<TLanes, TVector>(Matrix x, Matrix into, ThreadTeam team)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        byte* codes = QuantScratch.Codes(QuantizedRows.Length(x.RowCount, x.ColumnCount));
        QuantizeRows rows = new(x, codes);
        team.Run(ref rows, rows.ItemCount, x.Values.Length);
        QuantProduct<TKernel, TLanes, TVector> product = new(this, codes, into, team.Count);
        team.Run(ref product, product.ItemCount, long.MaxValue);
    }

    internal byte* Panel(int panel) => _packed.Pointer + (panel * _stride);

    private protected override WeightMatrix Part(int rows, int columns) => columns % TKernel.Columns == 0
        ? new QuantMatrix<TKernel>(this, rows, columns)
        : throw new ArgumentException($"{columns} columns are no whole number of blocks of {TKernel.Columns}");

    private protected override void Dispose(bool disposing)
    {
        if (disposing && !_isPart)
        {
            _packed.Dispose();
        }
    }

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

    // What is no finite number may be left out with its columns; such a row is stored without a shift.
    private float FactorOfPart(float factor, int row)
    {
        for (int block = 0; float.IsNaN(factor) && block < BlockCount; block++)
        {
            byte* header = Panel(row / PanelRows) + ((long)block * QuantLayout.BlockBytes<TKernel>());
            for (int at = 0; at < TKernel.HalfCount; at++)
            {
                if (HalfScale.IsNotFinite(((ushort*)header)[(at * PanelRows) + (row % PanelRows)]))
                {
                    return factor;
                }
            }
        }

        return float.IsNaN(factor) ? 1f : factor;
    }

    private void PackPanel(int panel, byte* rows)
    {
        int first = panel * PanelRows;
        long rowBytes = (long)BlockCount * TKernel.FileBytes;
        for (int row = 0; row < PanelRows; row++)
        {
            (int shift, bool finite) = HalfScale.Shift(rows + (row * rowBytes) + TKernel.HalfStart, BlockCount, TKernel.FileBytes, TKernel.HalfCount);
            _shifts[first + row] = (sbyte)shift;
            _factors[first + row] = finite ? HalfScale.PowerOfTwo(-shift) : float.NaN;
        }

        QuantPacking<TKernel>.Pack(rows, BlockCount, _shifts.AsSpan(first, PanelRows), Panel(panel));
    }
}
