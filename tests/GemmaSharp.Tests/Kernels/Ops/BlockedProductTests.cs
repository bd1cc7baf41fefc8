using CsCheck;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels.Ops;

/// <summary>Products of very many rows: a row's bits are those it has alone, also where a convolution gathers it.</summary>
public sealed class BlockedProductTests
{
    private const long Iterations = 60;
    private const string Seed = "0N0XIzNsQ0O2";

    [Fact]
    public void Multiply_ManyRowsOfAnyType_BitsOfEachRowAlone()
    {
        Gen.Select(Gen.Int[1, 400], Gen.Int[1, 300], Gen.Int[48, 260], Gen.Int[0, 1000]).Sample(
            (outputs, columns, count, seed) =>
            {
                Random random = new(seed);
                WeightType type = (WeightType)(seed % 3); // F32, F16, BF16
                byte[] stored = Store(type, Values(random, outputs * columns));
                float[] x = Values(random, count * columns), y = new float[count * outputs], alone = new float[outputs];
                using ThreadTeam team = new(3), one = new(1);
                using WeightMatrix matrix = WeightMatrix.Create(type, outputs, columns, (offset, into) => stored.AsSpan((int)offset, into.Length).CopyTo(into));
                matrix.Multiply(new Matrix(x, count, columns), new Matrix(y, count, outputs), team);
                foreach (int row in (int[])[0, 1, count / 2, count - 2, count - 1])
                {
                    matrix.Multiply(new Matrix(x.AsSpan(row * columns), 1, columns), new Matrix(alone, 1, outputs), one);
                    Assert.Equal(alone, y[(row * outputs)..((row + 1) * outputs)]);
                }
            },
            iter: Iterations,
            seed: Seed,
            threads: 1);
    }

    [Fact]
    public void Convolve_AnyGridInBands_BitsOfTheGatheredProduct()
    {
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int[1, 40], Gen.Int[1, 5], Gen.Int[1, 2], Gen.Int[0, 1000]).Sample(
            (height, width, channels, kernel, stride, seed) =>
            {
                const int outputs = 37;
                Random random = new(seed);
                ConvolutionGrid grid = ConvolutionGrid.Same(height, width, kernel, stride);
                int places = kernel * kernel, patch = places * channels, pixels = grid.Rows.Output * grid.Columns.Output;
                float[] image = Values(random, height * width * channels), weights = Values(random, outputs * patch), into = new float[pixels * outputs];
                using ThreadTeam team = new(2);
                using ConvolutionWeights packed = ConvolutionWeights.Pack(weights, outputs, channels, places);
                ImageBand whole = new(new Matrix(image, height * width, channels), width), all = new(new Matrix(into, pixels, outputs), grid.Columns.Output);
                for (int row = 0; row < grid.Rows.Output; row += 4)
                {
                    int end = Math.Min(row + 4, grid.Rows.Output);
                    (int from, int to) = grid.InputRows(row, end);
                    packed.Multiply(whole.Rows(from, to), grid, all.Rows(row, end), team);
                }

                float[] gathered = new float[pixels * patch], ordered = new float[weights.Length], expected = new float[into.Length];
                for (int at = 0; at < gathered.Length; at++)
                {
                    int pixel = at / patch, place = at % patch / channels;
                    int y = grid.Rows.First(pixel / grid.Columns.Output) + (place / kernel), x = grid.Columns.First(pixel % grid.Columns.Output) + (place % kernel);
                    bool isInside = y >= 0 && y < height && x >= 0 && x < width;
                    gathered[at] = isInside ? image[(((y * width) + x) * channels) + (at % channels)] : 0;
                }

                for (int at = 0; at < ordered.Length; at++)
                {
                    ordered[at] = weights[(at / patch * patch) + (at % channels * places) + (at % patch / channels)];
                }

                using WeightMatrix matrix = WeightMatrix.FromFloats(ordered, outputs, patch);
                matrix.Multiply(new Matrix(gathered, pixels, patch), new Matrix(expected, pixels, outputs), team);
                Assert.Equal(expected, into);
            },
            iter: Iterations,
            seed: Seed,
            threads: 1);
    }

    private static byte[] Store(WeightType type, float[] values) => [.. values.SelectMany(value => type switch
    {
        WeightType.F32 => BitConverter.GetBytes(value),
        WeightType.F16 => BitConverter.GetBytes((Half)value),
        _ => BitConverter.GetBytes(value)[2..],
    })];

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
