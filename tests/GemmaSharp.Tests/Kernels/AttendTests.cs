using CsCheck;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels;

/// <summary>Attention against double precision, and tokens at once against one by one.</summary>
public sealed class AttendTests
{
    // Weighted means of values around 1, scores of up to 40 products, in float32.
    private const double Tolerance = 2e-5;
    private const long Iterations = 100;

    [Fact]
    public void Run_AnyShape_EqualsDoubleAndKeepsBitsAlone()
    {
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 3], Gen.Int[1, 40], Gen.Int[1, 20], Gen.Int[0, 90], Gen.Int[0, 1000]).Sample(
            (group, keyHeads, headDim, tokens, before, seed) =>
            {
                Random random = new(seed);
                int width = group * keyHeads * headDim, keyWidth = keyHeads * headDim, keys = before + tokens, window = 1 + random.Next(2 * keys);
                float[] queries = Values(random, tokens * width), keyRows = Values(random, keys * keyWidth), values = Values(random, keys * keyWidth);
                float[] together = new float[tokens * width], alone = new float[tokens * width];
                using ThreadTeam team = new(3);
                Cached cached = new(keyRows, values, headDim, keyWidth, window);
                cached.Attend(new Matrix(queries, tokens, width), new Matrix(together, tokens, width), before, team);
                for (int token = 0; token < tokens; token++)
                {
                    Matrix one = new(queries.AsSpan(token * width), 1, width);
                    cached.Attend(one, new Matrix(alone.AsSpan(token * width), 1, width), before + token, team);
                    for (int at = 0; at < width; at++)
                    {
                        double exact = cached.Exact(one[0], at / headDim, group, before + token, at % headDim);
                        Assert.InRange(Math.Abs(exact - alone[(token * width) + at]), 0, Tolerance);
                    }
                }

                Assert.Equal(alone, together);
            },
            iter: Iterations,
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

    private sealed record Cached(float[] Keys, float[] Values, int HeadDim, int Width, int Window)
    {
        public void Attend(Matrix queries, Matrix into, int position, ThreadTeam team)
        {
            int seen = position + queries.RowCount;
            new Attend
            {
                Queries = queries,
                Keys = new Matrix(Keys, seen, Width),
                Values = new Matrix(Values, seen, Width),
                Into = into,
                HeadDim = HeadDim,
                QueryPosition = position,
                KeyPosition = 0,
                Window = Window,
                Scores = new float[queries.RowCount * queries.ColumnCount / HeadDim * seen],
            }.Run(team);
        }

        public double Exact(ReadOnlySpan<float> query, int head, int group, int position, int at)
        {
            double total = 0, sum = 0;
            for (int key = int.Max(0, position - Window + 1); key <= position; key++)
            {
                double score = 0;
                for (int place = 0; place < HeadDim; place++)
                {
                    score += (double)query[(head * HeadDim) + place] * Keys[(key * Width) + (head / group * HeadDim) + place];
                }

                double weight = Math.Exp(score);
                total += weight;
                sum += weight * Values[(key * Width) + (head / group * HeadDim) + at];
            }

            return sum / total;
        }
    }
}
