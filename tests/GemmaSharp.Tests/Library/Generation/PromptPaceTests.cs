using GemmaSharp.Generation;

namespace GemmaSharp.Tests.Library.Generation;

/// <summary>How many tokens of prompts a pass takes, and whose.</summary>
public sealed class PromptPaceTests
{
    [Theory]
    [InlineData(0, false, 16)] // nothing measured yet
    [InlineData(20, false, 16)]
    [InlineData(645, false, 160)] // the time of a pass alone, whole tiles
    [InlineData(400, true, 64)]
    [InlineData(20, true, 16)]
    [InlineData(158, true, 24)] // 23.7: the nearest
    [InlineData(130, true, 16)]
    [InlineData(1e9, false, 512)]
    public void Budget_Speed_TokensOfTheTimeThereIs(double tokensPerSecond, bool besideAnswers, int expected) =>
        Assert.Equal(expected, PromptPace.Budget(tokensPerSecond, besideAnswers));

    [Fact]
    public void See_PassesOfOneSpeed_BudgetApproachesIt()
    {
        PromptPace pace = new();
        pace.See(32, false, 0.4);
        Assert.Equal(PromptPace.Budget(80, false), pace.Budget(false));
        for (int pass = 0; pass < 30; pass++)
        {
            pace.See(256, false, 0.25);
        }

        Assert.Equal(PromptPace.Budget(1020, false), pace.Budget(false));
        pace.See(3, false, 10);
        Assert.Equal(PromptPace.Budget(1020, false), pace.Budget(false));
    }

    [Fact]
    public void See_PassesBesideAnswers_HaveASpeedOfTheirOwn()
    {
        PromptPace pace = new();
        pace.See(48, false, 0.25);
        Assert.Equal(PromptPace.Budget(192, true), pace.Budget(true)); // none of them was seen

        pace.See(24, true, 0.2);

        Assert.Equal(PromptPace.Budget(120, true), pace.Budget(true));
        Assert.Equal(PromptPace.Budget(192, false), pace.Budget(false));
    }

    [Theory]
    [InlineData(64, new[] { 4000 }, new[] { 0 }, new[] { 64 })] // alone: all of it
    [InlineData(64, new[] { 4000, 20 }, new[] { 0, 0 }, new[] { 44, 20 })] // the short one overtakes
    [InlineData(64, new[] { 4000, 200 }, new[] { 1, 0 }, new[] { 0, 64 })]
    [InlineData(64, new[] { 4000, 200 }, new[] { 2, 0 }, new[] { 32, 32 })] // out of patience
    [InlineData(64, new[] { 4000, 300, 200 }, new[] { 5, 2, 0 }, new[] { 32, 0, 32 })] // one of them at a time
    [InlineData(64, new[] { 4000, 10, 10 }, new[] { 2, 0, 0 }, new[] { 44, 10, 10 })]
    [InlineData(64, new[] { 80 }, new[] { 0 }, new[] { 80 })] // a rest that is not worth a pass
    [InlineData(64, new[] { 81 }, new[] { 0 }, new[] { 64 })]
    [InlineData(64, new[] { 1 }, new[] { 9 }, new[] { 1 })]
    public void Share_Prompts_ShortestFirstButNoneForgotten(int budget, int[] left, int[] waited, int[] expected)
    {
        int[] taken = new int[left.Length];

        PromptPace.Share(budget, left, waited, taken);

        Assert.Equal(expected, taken);
    }

    [Fact]
    public void Share_ShortPromptsWithoutEnd_LongOneMovesInEveryThirdPass()
    {
        const int budget = 64, length = 2000, passes = 3 * length / (budget / 2);
        int[] left = [length, budget], waited = [0, 0], taken = new int[2];
        int pass = 0;
        for (; left[0] > 0 && pass < 2 * passes; pass++)
        {
            PromptPace.Share(budget, left, waited, taken);
            left[0] -= taken[0];
            waited[0] = taken[0] > 0 ? 0 : waited[0] + 1;
        }

        Assert.InRange(pass, 1, passes + 3);
    }
}
