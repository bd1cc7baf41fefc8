using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// A kernel of its own for every channel, channels innermost. Every output is summed over the places of the kernel in row order, one fused
/// multiply-add each, from zero.
/// </summary>
public readonly unsafe ref struct DepthwiseConvolve(ImageBand image, ReadOnlySpan<float> kernel, ConvolutionGrid grid, ImageBand into) : IWork
{
    // Rows of a band share what they read of the image, sixteen channels at a time.
    private const int BandRows = 8;
    private const int Lanes = 16;
    private const int Together = 4;

    private readonly ImageBand _image = image;
    private readonly ReadOnlySpan<float> _kernel = kernel;
    private readonly ConvolutionGrid _grid = grid;
    private readonly ImageBand _into = into;

    /// <summary>The rows of <paramref name="into"/>, from an image that has the rows they look at; kernel [kernel rows * columns, channels].</summary>
    public static void Run(ImageBand image, ReadOnlySpan<float> kernel, ConvolutionGrid grid, ImageBand into, ThreadTeam team)
    {
        DepthwiseConvolve work = new(image, kernel, grid, into);
        team.Run(ref work, (into.RowCount + BandRows - 1) / BandRows, (long)into.Pixels.Values.Length * grid.Rows.Kernel * grid.Columns.Kernel);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        int channels = _image.Channels, firstRow = _into.FirstRow + (item * BandRows), endRow = int.Min(firstRow + BandRows, _into.EndRow);
        fixed (float* image = _image.Pixels.Values, kernel = _kernel, into = _into.Pixels.Values)
        {
            int channel = 0;
            for (; channel + Lanes <= channels; channel += Lanes)
            {
                for (int row = firstRow; row < endRow; row++)
                {
                    Row(image + channel, kernel + channel, into + channel, row);
                }
            }

            for (int row = firstRow; channel < channels && row < endRow; row++)
            {
                Rest(image, kernel, into, row, channel);
            }
        }
    }

    // A row of outputs, four pixels together where the whole kernel lies inside.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(float* image, float* kernel, float* into, int row)
    {
        int width = _into.Width, top = _grid.Rows.First(row), side = _grid.Columns.Kernel;
        int from = int.Max(top, 0), to = int.Min(top + _grid.Rows.Kernel, _grid.Rows.Size);
        nint channels = _image.Channels;
        for (int column = 0; column < width;)
        {
            int left = _grid.Columns.First(column);
            bool inside = left >= 0 && column + Together <= width && _grid.Columns.First(column + Together - 1) + side <= _image.Width;
            int first = int.Max(left, 0), last = int.Min(left + side, _image.Width);
            float* target = into + ((((nint)(row - _into.FirstRow) * width) + column) * channels);
            nint step = inside ? _grid.Columns.Stride * channels : 0;
            Vector512<float> a = default, b = default, c = default, d = default;
            for (int y = from; y < to; y++)
            {
                float* pixel = image + ((((nint)(y - _image.FirstRow) * _image.Width) + first) * channels);
                float* weight = kernel + ((((y - top) * side) + first - left) * channels);
                for (int x = first; x < last; x++, pixel += channels, weight += channels)
                {
                    Vector512<float> w = Vector512.Load(weight);
                    a = Vector512.FusedMultiplyAdd(w, Vector512.Load(pixel), a);
                    if (inside)
                    {
                        b = Vector512.FusedMultiplyAdd(w, Vector512.Load(pixel + step), b);
                        c = Vector512.FusedMultiplyAdd(w, Vector512.Load(pixel + (2 * step)), c);
                        d = Vector512.FusedMultiplyAdd(w, Vector512.Load(pixel + (3 * step)), d);
                    }
                }
            }

            a.Store(target);
            if (inside)
            {
                b.Store(target + channels);
                c.Store(target + (2 * channels));
                d.Store(target + (3 * channels));
            }

            column += inside ? Together : 1;
        }
    }

    // The channels beyond the last full vector.
    private void Rest(float* image, float* kernel, float* into, int row, int firstChannel)
    {
        int channels = _image.Channels, top = _grid.Rows.First(row), side = _grid.Columns.Kernel;
        for (int column = 0; column < _into.Width; column++)
        {
            int left = _grid.Columns.First(column), last = int.Min(left + side, _image.Width);
            for (int channel = firstChannel; channel < channels; channel++)
            {
                float sum = 0;
                for (int y = int.Max(top, 0); y < int.Min(top + _grid.Rows.Kernel, _grid.Rows.Size); y++)
                {
                    for (int x = int.Max(left, 0); x < last; x++)
                    {
                        nint place = ((y - top) * side) + x - left;
                        sum = MathF.FusedMultiplyAdd(kernel[(place * channels) + channel], image[((((nint)(y - _image.FirstRow) * _image.Width) + x) * channels) + channel], sum);
                    }
                }

                into[((((nint)(row - _into.FirstRow) * _into.Width) + column) * channels) + channel] = sum;
            }
        }
    }
}
