using GemmaSharp.Generation.Drafting;

namespace GemmaSharp.Tests.Library.Generation.Drafting;

/// <summary>When a drafter is asked, and when it rests.</summary>
public sealed class AdaptiveDrafterTests
{
    private const int Right = 5;

    [Fact]
    public void Draft_DraftsStopComingTrue_RestsSaysSoOnceAndComesBack()
    {
        PassCosts costs = new();
        costs.See(1, 1);
        costs.See(2, 1.4);
        Script script = new();
        AdaptiveDrafter drafter = new(script, costs, tokens: null);
        Assert.NotEqual(0, Step(drafter, Right));
        Assert.Null(drafter.TakeNotice());

        Assert.Equal(0, Steps(drafter, 40, Right + 1)[^1]);

        string? notice = drafter.TakeNotice();
        Assert.Contains("script rests", notice, StringComparison.Ordinal);
        Assert.Contains("1.40 times", notice, StringComparison.Ordinal);
        Assert.Null(drafter.TakeNotice());
        Assert.NotEqual(0, Steps(drafter, 40, Right)[^1]);
    }

    [Fact]
    public void Draft_NumberGiven_AlwaysAsMany()
    {
        AdaptiveDrafter drafter = new(new Script(), new PassCosts(), tokens: 7);

        Assert.All(Steps(drafter, 40, Right + 1), count => Assert.Equal(7, count));
    }

    [Fact]
    public void Draft_NoPassMeasured_None() =>
        Assert.Equal(0, Step(new AdaptiveDrafter(new Script(), new PassCosts(), tokens: null), Right));

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    [InlineData(3, 0)]
    [InlineData(4, 0)]
    [InlineData(16, 0)]
    public void Draft_BesideOthers_OnlyRowsThatProductsTakeAnyway(int answers, int expected)
    {
        PassCosts costs = new();
        costs.See(1, 1);
        costs.See(4, 1.4);

        Assert.Equal(expected, new AdaptiveDrafter(new Script(), costs, tokens: null).Draft(new int[3], answers));
    }

    [Fact]
    public void Draft_CostlyDrafter_OneAtFirstAndNoneBesideOthers()
    {
        PassCosts costs = new();
        costs.See(1, 1);
        AdaptiveDrafter drafter = new(new Script(isFree: false), costs, tokens: null);

        Assert.Equal(0, drafter.Draft(new int[20], answers: 2));
        Assert.Equal(1, Step(drafter, Right));
        Assert.NotInRange(Step(drafter, Right), 0, 1);
    }

    [Fact]
    public void Draft_NoPassForOneTokenInAWhile_MakesRoomForOne()
    {
        PassCosts costs = new();
        costs.See(1, 1);
        AdaptiveDrafter drafter = new(new Script(), costs, tokens: null);
        int passes = 0;
        while (Step(drafter, Right) is int count and > 0)
        {
            costs.See(1 + count, 1.1);
            passes++;
        }

        Assert.InRange(passes, 16, 64);
        costs.See(1, 1);
        Assert.NotEqual(0, Step(drafter, Right));
    }

    private static int[] Steps(AdaptiveDrafter drafter, int passes, int comes) => [.. Enumerable.Range(0, passes).Select(_ => Step(drafter, comes))];

    // A pass with its drafts, all right or all wrong.
    private static int Step(AdaptiveDrafter drafter, int comes)
    {
        int count = drafter.Draft(new int[20], answers: 1);
        if (count > 0)
        {
            drafter.Observe(comes == Right ? count : 0, missed: comes != Right);
        }

        drafter.See(comes);
        return count;
    }

    private sealed class Script(bool isFree = true) : IDrafter
    {
        public string? Name => "script";

        public bool IsFree => isFree;

        public void See(ReadOnlySpan<int> ids)
        {
        }

        public int Draft(Span<int> into)
        {
            into.Fill(Right);
            return into.Length;
        }
    }
}
