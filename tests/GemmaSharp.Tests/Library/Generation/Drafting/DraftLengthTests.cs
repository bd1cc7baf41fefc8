using GemmaSharp.Generation.Drafting;

namespace GemmaSharp.Tests.Library.Generation.Drafting;

/// <summary>How many drafts are worth a pass, by made-up times.</summary>
public sealed class DraftLengthTests
{
    [Fact]
    public void Best_AllComeTrueAndRowsAreCheap_TheMost()
    {
        DraftLength length = new(Costs(0.4));
        for (int pass = 0; pass < 20; pass++)
        {
            length.Observe(8, missed: false);
        }

        Assert.Equal(DraftLength.Most, length.Best(0));
        Assert.Equal(160, length.Came);
    }

    [Fact]
    public void Best_NoneComesTrue_None()
    {
        DraftLength length = new(Costs(0.1));
        for (int pass = 0; pass < 20; pass++)
        {
            length.Observe(0, missed: true);
        }

        Assert.Equal(0, length.Best(0));
        Assert.Equal(20, length.Seen);
    }

    [Theory]
    [InlineData(0.0, 3)]
    [InlineData(0.15, 2)]
    [InlineData(0.9, 0)]
    public void Best_HalfComesTrue_AsManyAsTheCostOfADraftAllows(double draftSeconds, int expected)
    {
        DraftLength length = new(Costs(0.3));

        // 1.5, 1.75 and 1.875 tokens in 1.3 seconds and those of 1, 2 and 3 drafts; 1.9375 in 1.6.
        Assert.Equal(expected, length.Best(draftSeconds));
    }

    [Fact]
    public void Best_AfterALongRunOfHits_ForgetsItWithinAFewMisses()
    {
        DraftLength length = new(Costs(0.3));
        for (int pass = 0; pass < 50; pass++)
        {
            length.Observe(16, missed: false);
        }

        int passes = 0;
        while (length.Best(0) > 0)
        {
            length.Observe(0, missed: true);
            passes++;
        }

        Assert.InRange(passes, 3, 12);
    }

    // A pass of one row takes a second, every four the same share of it more.
    private static PassCosts Costs(double four)
    {
        PassCosts costs = new();
        costs.See(1, 1);
        for (int rows = 4; rows <= 1 + DraftLength.Most; rows += 4)
        {
            costs.See(rows, 1 + (rows / 4 * four));
        }

        return costs;
    }
}
