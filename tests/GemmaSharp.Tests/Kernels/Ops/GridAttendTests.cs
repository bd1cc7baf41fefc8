using CsCheck;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels.Ops;

/// <summary>Grid attention against its formula in double, and the same bits for any number of threads.</summary>
public sealed class GridAttendTests
{
    // Sums of up to 300 weighted values of at most 1, scores of a few units.
    private const double Tolerance = 5e-6;

    [Fact]
    public void Run_AnyShape_EqualsFormulaForAnyTeam()
    {
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 300], Gen.Int[1, 140], Gen.Int[1, 70], Gen.Int[0, 1000]).Sample(
            (rows, positions, depth, width, seed) =>
            {
                Random random = new(seed);
                float[] queries = Values(random, rows * depth), keys = Values(random, positions * depth), values = Values(random, positions * width);
                float[] into = new float[rows * width], alone = new float[into.Length];
                Attend(3, into);
                Attend(1, alone);
                Assert.Equal(alone, into);
                foreach (int row in (int[])[0, rows / 2, rows - 1])
                {
                    double[] weights = [.. Enumerable.Range(0, positions).Select(position => Math.Exp(
                        Enumerable.Range(0, depth).Sum(at => (double)queries[(row * depth) + at] * keys[(position * depth) + at]) / Math.Sqrt(depth)))];
                    for (int column = 0; column < width; column++)
                    {
                        double exact = weights.Select((weight, position) => weight * values[(position * width) + column]).Sum() / weights.Sum();
                        Assert.InRange(Math.Abs(exact - into[(row * width) + column]), 0, Tolerance);
                    }
                }

                void Attend(int threads, float[] target)
                {
                    using ThreadTeam team = new(threads);
                    GridAttend.Run(
                        new Matrix(queries, rows, depth), new Matrix(keys, positions, depth), new Matrix(values, positions, width), new Matrix(target, rows, width), team);
                }
            },
            iter: 40,
            seed: "0N0XIzNsQ0O2",
            threads: 1);
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
