namespace GemmaSharp.Kernels.Ops;

/// <summary>Where a convolution with SAME padding reads: TensorFlow's rule, asymmetric when the stride is above 1 (vision.md 3.1).</summary>
/// <param name="Height">Rows of the input.</param>
/// <param name="Width">Columns of the input.</param>
/// <param name="Kernel">Side of the kernel.</param>
/// <param name="Stride">Step in both directions.</param>
public readonly record struct ConvolutionGrid(int Height, int Width, int Kernel, int Stride)
{
    /// <summary>ceil(height / stride).</summary>
    public int OutputHeight => ((Height - 1) / Stride) + 1;

    /// <summary>ceil(width / stride).</summary>
    public int OutputWidth => ((Width - 1) / Stride) + 1;

    /// <summary>The first input row that an output row's kernel covers; may be negative.</summary>
    public int FirstRow(int outputRow) => (outputRow * Stride) - Before(Height, OutputHeight);

    /// <summary>The first input column that an output column's kernel covers; may be negative.</summary>
    public int FirstColumn(int outputColumn) => (outputColumn * Stride) - Before(Width, OutputWidth);

    private int Before(int size, int output) => int.Max(((output - 1) * Stride) + Kernel - size, 0) / 2;
}
