using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>The rows that a product takes, which need not lie in memory as they are multiplied.</summary>
internal unsafe interface IProductRows
{
    /// <summary>Number of rows.</summary>
    int Count { get; }

    /// <summary>Writes columns column..column + count - 1 of a row.</summary>
    void Copy(int row, int column, int count, float* into);
}

/// <summary>Rows of a matrix.</summary>
internal readonly unsafe ref struct MatrixRows(Matrix rows) : IProductRows
{
    private readonly Matrix _rows = rows;

    public int Count => _rows.RowCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Copy(int row, int column, int count, float* into)
    {
        fixed (float* from = &_rows.Values[(row * _rows.ColumnCount) + column])
        {
            int at = 0;
            for (; at + Vector512<float>.Count <= count; at += Vector512<float>.Count)
            {
                Vector512.Load(from + at).Store(into + at);
            }

            for (; at < count; at++)
            {
                into[at] = from[at];
            }
        }
    }
}

/// <summary>What a kernel covers, a row for every pixel of the output band: [kernel row, kernel column, channel], zeros outside the image.</summary>
internal readonly unsafe ref struct PatchRows(ImageBand image, ConvolutionGrid grid, int firstRow, int count) : IProductRows
{
    private readonly ImageBand _image = image;
    private readonly ConvolutionGrid _grid = grid;
    private readonly int _firstRow = firstRow;

    public int Count { get; } = count;

    public void Copy(int row, int column, int count, float* into)
    {
        int channels = _image.Channels, line = _grid.Columns.Kernel * channels, width = _grid.Columns.Output;
        int top = _grid.Rows.First(_firstRow + (row / width)), left = _grid.Columns.First(row % width);
        int from = int.Max(-left, 0) * channels, to = int.Min(_grid.Columns.Size - left, _grid.Columns.Kernel) * channels;
        for (int end = column + count; column < end;)
        {
            // The rest of one kernel row: its pixels lie side by side, with their channels.
            int kernelRow = column / line, start = column - (kernelRow * line), stop = int.Min(line, start + end - column), y = top + kernelRow;
            bool isInside = y >= 0 && y < _grid.Rows.Size;
            int first = isInside ? int.Clamp(from, start, stop) : stop, last = isInside ? int.Clamp(to, first, stop) : stop;
            Span<float> target = new(into, stop - start);
            target[..(first - start)].Clear();
            target[(last - start)..].Clear();
            if (last > first)
            {
                int pixel = ((y - _image.FirstRow) * _image.Width) + left;
                _image.Pixels.Values.Slice((pixel * channels) + first, last - first).CopyTo(target[(first - start)..]);
            }

            column += stop - start;
            into += stop - start;
        }
    }
}
