using GemmaSharp.Kernels.Ops;

namespace GemmaSharp.Tests.Kernels.Ops;

/// <summary>Searches by size against plain loops, over all short lengths and with values that are no numbers.</summary>
public sealed class RankingTests
{
    private const int MostLength = 100;

    [Fact]
    public void IndexOfMax_EveryLength_TheFirstAmongEquals()
    {
        Random random = new(5);
        for (int length = 1; length <= MostLength; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(_ => (float)random.Next(-9, 9))];
            values[random.Next(length)] = length % 3 == 0 ? float.NaN : values[0];

            Assert.Equal(Plain(values), Ranking.IndexOfMax(values));
        }

        static int Plain(float[] values)
        {
            int best = 0;
            for (int at = 1; at < values.Length; at++)
            {
                best = values[at] > values[best] ? at : best;
            }

            return best;
        }
    }

    [Fact]
    public void IndexOfAtLeast_EveryLengthAndPlace_TheFirst()
    {
        for (int length = 0; length <= MostLength; length++)
        {
            float[] values = new float[length];
            Assert.Equal(-1, Ranking.IndexOfAtLeast(values, 1));
            for (int place = length - 1; place >= 0; place--)
            {
                values[place] = place % 2 == 0 ? 1 : 2;
                Assert.Equal(place, Ranking.IndexOfAtLeast(values, 1));
            }
        }
    }

    [Fact]
    public void SumExponentialsBelow_EveryLength_AsALoop()
    {
        Random random = new(6);
        for (int length = 0; length <= MostLength; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 40) - 20)];
            double expected = values.Where(value => value < 3).Sum(value => double.Exp((value * 0.5) - 7));

            Assert.Equal(expected, Ranking.SumExponentialsBelow(values, 3, 0.5, 7), 1e-12 * (expected + 1e-300));
        }
    }
}
