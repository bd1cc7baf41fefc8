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

    private static int[] Steps(AdaptiveDrafter drafter, int passes, int comes) => [.. Enumerable.Range(0, passes).Select(_ => Step(drafter, comes))];

    // A pass with its drafts, all right or all wrong.
    private static int Step(AdaptiveDrafter drafter, int comes)
    {
        int count = drafter.Draft(new int[20]);
        if (count > 0)
        {
            drafter.Observe(comes == Right ? count : 0, missed: comes != Right);
        }

        drafter.See(comes);
        return count;
    }

    private sealed class Script : IDrafter
    {
        public string? Name => "script";

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
