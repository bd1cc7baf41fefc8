using CsCheck;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels;

/// <summary>The depthwise convolution against its definition, sum by sum in its own order.</summary>
public sealed class DepthwiseConvolveTests
{
    private const long Iterations = 100;

    [Fact]
    public void Run_AnyShape_EqualsDefinitionBitForBit()
    {
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int[1, 40], Gen.Int[0, 2], Gen.Int[1, 2], Gen.Int[0, 1000]).Sample(
            (height, width, channels, half, stride, seed) =>
            {
                Random random = new(seed);
                ConvolutionGrid grid = ConvolutionGrid.Same(height, width, (2 * half) + 1, stride);
                float[] image = Values(random, height * width * channels), kernel = Values(random, grid.Rows.Kernel * grid.Columns.Kernel * channels);
                int pixels = grid.Rows.Output * grid.Columns.Output;
                float[] into = new float[pixels * channels];
                using ThreadTeam team = new(2);
                ImageBand whole = new(new Matrix(image, height * width, channels), width), all = new(new Matrix(into, pixels, channels), grid.Columns.Output);
                for (int row = 0; row < grid.Rows.Output; row += 3)
                {
                    // Bands, each from the rows it looks at.
                    int end = Math.Min(row + 3, grid.Rows.Output);
                    (int from, int to) = grid.InputRows(row, end);
                    DepthwiseConvolve.Run(whole.Rows(from, to), kernel, grid, all.Rows(row, end), team);
                }

                for (int at = 0; at < into.Length; at++)
                {
                    Assert.Equal(Defined(image, kernel, grid, at / channels, at % channels, channels), into[at]);
                }
            },
            iter: Iterations,
            seed: "0N0XIzNsQ0O2",
            threads: 1);
    }

    private static float Defined(float[] image, float[] kernel, ConvolutionGrid grid, int pixel, int channel, int channels)
    {
        int top = grid.Rows.First(pixel / grid.Columns.Output), left = grid.Columns.First(pixel % grid.Columns.Output), side = grid.Columns.Kernel;
        float sum = 0;
        for (int place = 0; place < side * side; place++)
        {
            int y = top + (place / side), x = left + (place % side);
            if (y >= 0 && y < grid.Rows.Size && x >= 0 && x < grid.Columns.Size)
            {
                sum = MathF.FusedMultiplyAdd(kernel[(place * channels) + channel], image[(((y * grid.Columns.Size) + x) * channels) + channel], sum);
            }
        }

        return sum;
    }

    private static float[] Values(Random random, int count)
    {
        float[] values = new float[count];
        for (int at = 0; at < count; at++)
        {
            values[at] = (float)((random.NextDouble() * 2) - 1);
        }

        return values;
    }
}
