namespace GemmaSharp.Generation;

/// <summary>How many tokens of prompts a pass takes, from the speed of the passes before, and who of several prompts gets them.</summary>
internal sealed class PromptPace
{
    /// <summary>Fewer leave the weights' way through the processor unused.</summary>
    public const int Least = 16;

    /// <summary>Rows that products and attention take at once divide it.</summary>
    public const int Multiple = 8;

    /// <summary>Passes that a prompt lets shorter ones go before it.</summary>
    public const int Patience = 2;

    // How long a prompt that comes now may wait for the running pass; and the longest pause of an answer.
    private const double SecondsAlone = 0.25;
    private const double SecondsBesideAnswers = 0.15;

    // The share of the newest pass in the mean.
    private const double NewestShare = 0.3;

    // Tokens a second; a pass beside answers takes fewer tokens, which cost more each.
    private double _alone;
    private double _besideAnswers;

    /// <summary>Tokens for the next pass.</summary>
    /// <param name="besideAnswers">Whether answers wait for its end.</param>
    public int Budget(bool besideAnswers) => Budget(besideAnswers && _besideAnswers > 0 ? _besideAnswers : _alone, besideAnswers);

    /// <summary>Counts a pass; few tokens tell nothing of the speed of many.</summary>
    /// <param name="tokens">Tokens of prompts in it.</param>
    /// <param name="besideAnswers">Whether there were tokens of answers in it too.</param>
    /// <param name="seconds">How long it took.</param>
    public void See(int tokens, bool besideAnswers, double seconds)
    {
        if (tokens >= Least && seconds > 0)
        {
            ref double speed = ref besideAnswers ? ref _besideAnswers : ref _alone;
            double newest = tokens / seconds;
            speed = speed == 0 ? newest : speed + (NewestShare * (newest - speed));
        }
    }

    /// <summary>Tokens that take the time there is, at a speed; the fewest where none is known yet.</summary>
    public static int Budget(double tokensPerSecond, bool besideAnswers)
    {
        double tokens = tokensPerSecond * (besideAnswers ? SecondsBesideAnswers : SecondsAlone);
        return (int)double.Round(double.Clamp(tokens, Least, Sequence.PrefillChunk) / Multiple) * Multiple;
    }

    /// <summary>
    /// Shares a budget: the shortest remainder first, so that short prompts overtake; but first of all up to half for the one that stood still
    /// longest, if it lost its patience.
    /// </summary>
    /// <param name="budget">Tokens of the pass; a prompt's last few may exceed it.</param>
    /// <param name="left">Tokens that each prompt has left, at least 1.</param>
    /// <param name="waited">Passes that each prompt stood still.</param>
    /// <param name="taken">What each gets.</param>
    public static void Share(int budget, ReadOnlySpan<int> left, ReadOnlySpan<int> waited, Span<int> taken)
    {
        taken.Clear();
        int oldest = -1;
        for (int at = 0; at < left.Length; at++)
        {
            oldest = waited[at] >= Patience && (oldest < 0 || waited[at] > waited[oldest]) ? at : oldest;
        }

        if (oldest >= 0)
        {
            taken[oldest] = int.Min(left[oldest], budget / 2);
            budget -= taken[oldest];
        }

        while (budget > 0 && Shortest(left, taken) is int next and >= 0)
        {
            // A rest that is not worth a pass of its own goes with the others.
            const int rest = 4;
            int wanted = left[next] - taken[next], given = wanted - budget <= budget / rest ? wanted : budget;
            taken[next] += given;
            budget -= given;
        }
    }

    private static int Shortest(ReadOnlySpan<int> left, ReadOnlySpan<int> taken)
    {
        int best = -1;
        for (int at = 0; at < left.Length; at++)
        {
            int rest = left[at] - taken[at];
            best = rest > 0 && (best < 0 || rest < left[best] - taken[best]) ? at : best;
        }

        return best;
    }
}
