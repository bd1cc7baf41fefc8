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
                ConvolutionGrid grid = new(height, width, (2 * half) + 1, stride);
                float[] image = Values(random, height * width * channels), kernel = Values(random, grid.Kernel * grid.Kernel * channels);
                int pixels = grid.OutputHeight * grid.OutputWidth;
                float[] into = new float[pixels * channels];
                using ThreadTeam team = new(2);
                DepthwiseConvolve.Run(new Matrix(image, height * width, channels), kernel, grid, new Matrix(into, pixels, channels), team);
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
        int top = grid.FirstRow(pixel / grid.OutputWidth), left = grid.FirstColumn(pixel % grid.OutputWidth);
        float sum = 0;
        for (int place = 0; place < grid.Kernel * grid.Kernel; place++)
        {
            int y = top + (place / grid.Kernel), x = left + (place % grid.Kernel);
            if (y >= 0 && y < grid.Height && x >= 0 && x < grid.Width)
            {
                sum = MathF.FusedMultiplyAdd(kernel[(place * channels) + channel], image[(((y * grid.Width) + x) * channels) + channel], sum);
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
