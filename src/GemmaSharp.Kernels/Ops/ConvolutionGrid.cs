namespace GemmaSharp.Kernels.Ops;

/// <summary>Where a convolution reads along one axis.</summary>
/// <param name="Size">Rows or columns of the input.</param>
/// <param name="Kernel">Places of the kernel.</param>
/// <param name="Stride">Step from one output to the next.</param>
/// <param name="Before">Zeros put before the input.</param>
/// <param name="Output">Rows or columns of the output.</param>
public readonly record struct ConvolutionAxis(int Size, int Kernel, int Stride, int Before, int Output)
{
    /// <summary>SAME padding: ceil(size / stride) outputs by TensorFlow's rule, asymmetric when the stride is above 1 (vision.md 3.1).</summary>
    public static ConvolutionAxis Same(int size, int kernel, int stride)
    {
        int output = ((size - 1) / stride) + 1;
        return new ConvolutionAxis(size, kernel, stride, int.Max(((output - 1) * stride) + kernel - size, 0) / 2, output);
    }

    /// <summary>The first input that an output's kernel covers; may be negative.</summary>
    public int First(int output) => (output * Stride) - Before;

    /// <summary>Inputs that so many outputs side by side cover.</summary>
    public int Span(int outputs) => ((outputs - 1) * Stride) + Kernel;
}

/// <summary>Where a convolution reads, down and across.</summary>
/// <param name="Rows">Down.</param>
/// <param name="Columns">Across.</param>
public readonly record struct ConvolutionGrid(ConvolutionAxis Rows, ConvolutionAxis Columns)
{
    /// <summary>A square kernel with SAME padding.</summary>
    public static ConvolutionGrid Same(int height, int width, int kernel, int stride) =>
        new(ConvolutionAxis.Same(height, kernel, stride), ConvolutionAxis.Same(width, kernel, stride));

    /// <summary>The input rows that output rows from..to-1 look at, as far as there are any.</summary>
    public (int From, int To) InputRows(int from, int to) => (int.Max(Rows.First(from), 0), int.Min(Rows.First(to - 1) + Rows.Kernel, Rows.Size));
}
