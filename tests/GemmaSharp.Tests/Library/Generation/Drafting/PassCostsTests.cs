using GemmaSharp.Generation.Drafting;

namespace GemmaSharp.Tests.Library.Generation.Drafting;

/// <summary>Times that were not measured lie on lines between those that were.</summary>
public sealed class PassCostsTests
{
    [Fact]
    public void Of_SomeSizesMeasured_LinesBetweenAndBeyond()
    {
        PassCosts costs = new();
        Assert.False(costs.KnowsOne);
        costs.See(9, 4);
        Assert.False(costs.KnowsOne);
        costs.See(1, 1);

        Assert.True(costs.KnowsOne);
        Assert.Equal([1, 2, 2, 3, 3, 4, 4, 5], new[] { 1, 2, 4, 5, 8, 9, 12, 13 }.Select(costs.Of));
        costs.See(3, 1.2);
        Assert.Equal([1, 1.2, 1.2, 2.6, 2.6, 4, 4, 5], new[] { 1, 2, 4, 5, 8, 9, 12, 13 }.Select(rows => double.Round(costs.Of(rows), 9)));
    }

    [Fact]
    public void Of_OnlyOneMeasured_GrowsWithRows()
    {
        PassCosts costs = new();
        costs.See(1, 2);

        Assert.InRange(costs.Of(2), 2.01, 4);
        Assert.InRange(costs.Of(9), costs.Of(2) + 0.1, 2 * 9);
    }

    [Fact]
    public void See_FirstPassOfASize_CountsLittleMoreThanWasExpected()
    {
        PassCosts costs = new();
        costs.See(1, 1);
        double expected = costs.Of(8);

        costs.See(8, 50);

        Assert.InRange(costs.Of(8), expected, 1.3 * expected);
    }

    [Fact]
    public void See_PassesThatWereDisturbed_TheUsualTime()
    {
        PassCosts costs = new();
        foreach (double seconds in (double[])[9, 1, 50, 1.1, 0.9])
        {
            costs.See(1, seconds);
        }

        Assert.Equal(1.1, costs.Of(1));
    }

    [Fact]
    public void See_PassesGetSlower_FollowsWithinAFew()
    {
        PassCosts costs = new();
        for (int pass = 0; pass < 20; pass++)
        {
            costs.See(1, pass < 15 ? 1 : 2);
        }

        Assert.Equal(2, costs.Of(1));
    }
}
