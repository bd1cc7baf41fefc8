namespace GemmaSharp.Kernels.Tensors;

/// <summary>A view of float32 values as [rows, columns], row-major and contiguous; it owns nothing.</summary>
public readonly ref struct Matrix
{
    /// <summary>Views the first rows * columns values of <paramref name="values"/>.</summary>
    public Matrix(Span<float> values, int rows, int columns)
    {
        Values = values[..(rows * columns)];
        RowCount = rows;
        ColumnCount = columns;
    }

    /// <summary>All values, row after row.</summary>
    public Span<float> Values { get; }

    /// <summary>Number of rows.</summary>
    public int RowCount { get; }

    /// <summary>Number of columns.</summary>
    public int ColumnCount { get; }

    /// <summary>One row, [columns].</summary>
    public Span<float> this[int row] => Values.Slice(row * ColumnCount, ColumnCount);

    /// <summary>Consecutive rows, [count, columns].</summary>
    public Matrix Rows(int start, int count) => new(Values.Slice(start * ColumnCount, count * ColumnCount), count, ColumnCount);

    /// <summary>Copies all values; shapes must be equal.</summary>
    public void CopyTo(Matrix into) => Values.CopyTo(into.Values);
}
