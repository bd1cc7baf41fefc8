using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Q8_0 weights multiplied where a file's mapping has them: nothing is copied, and products have the bits of the packed form, which can take their place
/// later. Only the rows' scales are looked at beforehand, on all processors, which fetches the file too.
/// </summary>
internal sealed unsafe class Q8_0FileMatrix : PanelWeights<Q8_0Kernel, Q8_0FilePanels>
{
    // Large enough for the disk, small enough that all processors have some.
    private const int RunBytes = 1 << 20;

    // Where all scales are subnormal a product takes 25 to 40 % longer: 2 % for one row of sixteen.
    private const int FewRows = 16;

    private readonly MappedBytes _bytes;
    private readonly nint _stride;
    private readonly Q8_0FileMatrix? _whole; // of a part
    private WeightMatrix? _packed;

    /// <summary>Takes over bytes, row-major [rows, columns]; the rows fill whole panels.</summary>
    public Q8_0FileMatrix(int rows, int columns, MappedBytes bytes)
        : base(rows, columns)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rows % QuantLayout.PanelRows, 0);
        _bytes = bytes;
        _stride = (nint)WeightTypes.RowBytes(WeightType.Q8_0, columns);
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, rows * _stride);
        int run = (int)nint.Max(RunBytes / _stride, 1);
        Parallel.For(0, ((rows - 1) / run) + 1, index => LiftRows(index * run, int.Min((index + 1) * run, rows)));
    }

    private Q8_0FileMatrix(Q8_0FileMatrix whole, int rows, int columns)
        : base(whole, rows, columns)
    {
        _bytes = whole._bytes;
        _stride = whole._stride;
        _whole = whole._whole ?? whole;
    }

    /// <summary>Whether the scales of more than a few rows are subnormal halves, or hardly larger, which take processors longer to convert.</summary>
    public bool HasSmallScales => Shifts.Count(shift => shift >= HalfScale.ShiftOfSmall) > RowCount / FewRows;

    internal override WeightMatrix Form => _packed ?? (_whole?._packed is WeightMatrix packed ? _packed = packed.Prefix(RowCount, ColumnCount) : this);

    private protected override Q8_0FilePanels Panels => new(_bytes.Pointer, _stride, PanelCount, BlockCount, Shifts);

    public override void ReadRow(int row, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)RowCount);
        WeightMatrix form = Form;
        if (form != this)
        {
            form.ReadRow(row, into);
            return;
        }

        FloatConvert.ToFloat(WeightType.Q8_0, new ReadOnlySpan<byte>(Panels.Row(row), BlockCount * Q8_0FilePanels.BlockBytes), into[..ColumnCount]);
    }

    public override WeightMatrix PackApart(RowReader read) => QuantMatrix<Q8_0Kernel>.Pack(RowCount, ColumnCount, read, alone: true);

    public override void Adopt(WeightMatrix packed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(packed.RowCount, RowCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(packed.ColumnCount, ColumnCount);
        _packed = packed;
    }

    private protected override WeightMatrix Cut(int rows, int columns) => new Q8_0FileMatrix(this, rows, columns);

    private protected override void Release()
    {
        _packed?.Dispose();
        _bytes.Dispose();
    }

    private void LiftRows(int first, int end)
    {
        _bytes.Announce(first * _stride, (end - first) * _stride);
        for (int row = first; row < end; row++)
        {
            Lift(row, Panels.Row(row));
        }
    }
}
