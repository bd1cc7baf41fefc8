using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>The inputs under a kernel as one row for every output pixel, [pixels, kernel * kernel * channels], zeros outside.</summary>
public readonly ref struct GatherPatches(Matrix image, ConvolutionGrid grid, int firstRow, Matrix into) : IWork
{
    private readonly Matrix _image = image;
    private readonly ConvolutionGrid _grid = grid;
    private readonly int _firstRow = firstRow;
    private readonly Matrix _into = into;

    /// <summary>Gathers the output rows from <paramref name="firstRow"/> on that <paramref name="into"/> has room for.</summary>
    public static void Run(Matrix image, ConvolutionGrid grid, int firstRow, Matrix into, ThreadTeam team)
    {
        GatherPatches work = new(image, grid, firstRow, into);
        team.Run(ref work, into.RowCount / grid.OutputWidth, into.Values.Length);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int item)
    {
        int channels = _image.ColumnCount, top = _grid.FirstRow(_firstRow + item);
        for (int column = 0; column < _grid.OutputWidth; column++)
        {
            Span<float> patch = _into[(item * _grid.OutputWidth) + column];
            patch.Clear();
            int left = _grid.FirstColumn(column);
            int from = int.Max(left, 0), to = int.Min(left + _grid.Kernel, _grid.Width);
            for (int row = int.Max(top, 0); row < int.Min(top + _grid.Kernel, _grid.Height); row++)
            {
                // Neighbouring pixels of a row lie side by side, with their channels.
                Span<float> line = _image.Values.Slice(((row * _grid.Width) + from) * channels, (to - from) * channels);
                line.CopyTo(patch[((((row - top) * _grid.Kernel) + from - left) * channels)..]);
            }
        }
    }
}
