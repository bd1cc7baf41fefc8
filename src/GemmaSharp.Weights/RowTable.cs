using System.Buffers;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights;

/// <summary>A matrix left in its file, [rows, columns]; rows are read when asked for. Safe from several threads.</summary>
public sealed class RowTable
{
    private readonly IWeightSource _source;
    private readonly WeightEntry _entry;
    private readonly WeightType _type;

    internal RowTable(IWeightSource source, WeightEntry entry, WeightType type, int rows, int columns)
    {
        _source = source;
        _entry = entry;
        _type = type;
        RowCount = rows;
        ColumnCount = columns;
    }

    /// <summary>Number of rows.</summary>
    public int RowCount { get; }

    /// <summary>Values in a row.</summary>
    public int ColumnCount { get; }

    /// <summary>Says that a row will be read soon.</summary>
    public void Announce(int row)
    {
        long rowBytes = WeightTypes.RowBytes(_type, ColumnCount);
        _source.Announce(_entry, row * rowBytes, rowBytes);
    }

    /// <summary>Reads one row, [columns].</summary>
    public void ReadRow(int row, Span<float> into) => ReadSlice(row, 0, into[..ColumnCount]);

    /// <summary>Reads into.Length values of a row, from column <paramref name="start"/> on; both are whole blocks of the type.</summary>
    public void ReadSlice(int row, int start, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)RowCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + into.Length, ColumnCount);
        int length = checked((int)WeightTypes.RowBytes(_type, into.Length));
        byte[] bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Span<byte> stored = bytes.AsSpan(0, length);
            long offset = (row * WeightTypes.RowBytes(_type, ColumnCount)) + WeightTypes.RowBytes(_type, start);
            _source.Read(_entry, offset, stored);
            FloatConvert.ToFloat(_type, stored, into);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
