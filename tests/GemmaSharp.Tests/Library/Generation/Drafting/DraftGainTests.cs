using GemmaSharp.Generation.Drafting;

namespace GemmaSharp.Tests.Library.Generation.Drafting;

/// <summary>What drafts gave, by made-up times.</summary>
public sealed class DraftGainTests
{
    [Fact]
    public void Times_NothingButPassesForOneToken_One()
    {
        DraftGain gain = new();
        See(gain, passes: 20, drafts: 0, seconds: 1);

        Assert.Equal(1, gain.Times(25));
    }

    [Fact]
    public void Times_DraftsThatCameTrue_TokensAPassOverItsCost()
    {
        DraftGain gain = new();
        See(gain, passes: 4, drafts: 0, seconds: 1);
        See(gain, passes: 10, drafts: 3, seconds: 1.6);

        // 44 steps of a second in 4 + 16, and 4 seconds of other work.
        Assert.Equal(2.2, gain.Times(20)!.Value, 9);
        Assert.Equal(2, gain.Times(24)!.Value, 9);
    }

    [Fact]
    public void Times_DraftsInVain_BelowOne()
    {
        DraftGain gain = new();
        See(gain, passes: 8, drafts: 0, seconds: 1);
        gain.See(isPlain: false, isShared: false, pass: 1.5, step: 2);

        Assert.Equal(0.9, gain.Times(10)!.Value, 9);
    }

    [Fact]
    public void Times_AFirstPassThatCompiles_CountsInWhatCameAndLittleInWhatWouldHave()
    {
        DraftGain gain = new();
        See(gain, passes: 1, drafts: 0, seconds: 50);
        See(gain, passes: 9, drafts: 0, seconds: 1);
        See(gain, passes: 10, drafts: 1, seconds: 1);

        // 20 steps at 1.1 seconds beside those 59 in 69.
        Assert.Equal(81.0 / 69, gain.Times(69)!.Value, 9);
    }

    [Fact]
    public void Times_PassesForOthersToo_TellNothingOfAnswersAlone()
    {
        DraftGain gain = new();
        gain.See(isPlain: true, isShared: true, pass: 2, step: 2);
        gain.See(isPlain: false, isShared: false, pass: 1, step: 1);
        Assert.Null(gain.Times(3));

        gain.See(isPlain: true, isShared: false, pass: 1, step: 1);

        Assert.Equal(1, gain.Times(4));
    }

    // Passes with so many drafts, which all come true.
    private static void See(DraftGain gain, int passes, int drafts, double seconds)
    {
        for (int pass = 0; pass < passes; pass++)
        {
            gain.See(isPlain: drafts == 0, isShared: false, seconds, seconds);
            for (int draft = 0; draft < drafts; draft++)
            {
                gain.SeeAccepted();
            }
        }
    }
}
