using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Some rows of an image, channels innermost.</summary>
/// <param name="pixels">[rows * width, channels].</param>
/// <param name="width">Pixels of a row.</param>
/// <param name="firstRow">The image's row that they begin with.</param>
public readonly ref struct ImageBand(Matrix pixels, int width, int firstRow = 0)
{
    /// <summary>[rows * width, channels].</summary>
    public Matrix Pixels { get; } = pixels;

    /// <summary>Pixels of a row.</summary>
    public int Width { get; } = width;

    /// <summary>The image's row that the band begins with.</summary>
    public int FirstRow { get; } = firstRow;

    /// <summary>Rows held.</summary>
    public int RowCount => Pixels.RowCount / Width;

    /// <summary>The image's row behind the last one held.</summary>
    public int EndRow => FirstRow + RowCount;

    /// <summary>Values of a pixel.</summary>
    public int Channels => Pixels.ColumnCount;

    /// <summary>Fewer rows, by the image's numbers.</summary>
    public ImageBand Rows(int from, int to) => new(Pixels.Rows((from - FirstRow) * Width, (to - from) * Width), Width, from);
}
