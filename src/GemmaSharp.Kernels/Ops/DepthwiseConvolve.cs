using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>A kernel of its own for every channel, channels innermost.</summary>
public readonly ref struct DepthwiseConvolve(Matrix image, ReadOnlySpan<float> kernel, ConvolutionGrid grid, Matrix into) : IWork
{
    private readonly Matrix _image = image;
    private readonly ReadOnlySpan<float> _kernel = kernel;
    private readonly ConvolutionGrid _grid = grid;
    private readonly Matrix _into = into;

    /// <summary>image [height * width, channels] to into [height' * width', channels], kernel [kernel * kernel, channels].</summary>
    public static void Run(Matrix image, ReadOnlySpan<float> kernel, ConvolutionGrid grid, Matrix into, ThreadTeam team)
    {
        DepthwiseConvolve work = new(image, kernel, grid, into);
        team.Run(ref work, grid.OutputHeight, (long)into.Values.Length * grid.Kernel * grid.Kernel);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        int channels = _image.ColumnCount, top = _grid.FirstRow(item);
        int rowFrom = int.Max(top, 0), rowTo = int.Min(top + _grid.Kernel, _grid.Height);
        for (int column = 0; column < _grid.OutputWidth; column++)
        {
            Span<float> sum = _into[(item * _grid.OutputWidth) + column];
            sum.Clear();
            int left = _grid.FirstColumn(column);
            int to = int.Min(left + _grid.Kernel, _grid.Width);
            for (int row = rowFrom; row < rowTo; row++)
            {
                for (int x = int.Max(left, 0); x < to; x++)
                {
                    int place = ((row - top) * _grid.Kernel) + x - left;
                    ElementwiseTriple.AddProduct(sum, _kernel.Slice(place * channels, channels), _image[(row * _grid.Width) + x]);
                }
            }
        }
    }
}
