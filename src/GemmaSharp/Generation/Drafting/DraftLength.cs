namespace GemmaSharp.Generation.Drafting;

/// <summary>How many drafts to verify at once: as many as give the most tokens a second, by the share that came true of late and the measured time of passes.</summary>
internal sealed class DraftLength(PassCosts costs)
{
    /// <summary>The most that are ever chosen.</summary>
    public const int Most = 15;

    private const double Fading = 0.8;
    private const double Memory = 16;
    private const double LeastGain = 1.02; // below it, the estimates are not sure enough to choose by
    private double _came = 1;
    private double _tried = 2;

    /// <summary>Drafts that a token was compared with.</summary>
    public int Seen { get; private set; }

    /// <summary>Of these, those that came true.</summary>
    public int Came { get; private set; }

    /// <summary>Takes what became of drafts: how many were the tokens drawn, and whether one then was not.</summary>
    public void Observe(int came, bool missed)
    {
        int tried = came + (missed ? 1 : 0);
        Seen += tried;
        Came += came;
        _came = (Fading * _came) + came;
        _tried = (Fading * _tried) + tried;
        double scale = double.Min(1, Memory / _tried);
        _came *= scale;
        _tried *= scale;
    }

    /// <summary>The best number; 0 where a pass for one token is as good. With a share a that comes true, k drafts give 1 + a + ... + a^k tokens.</summary>
    /// <param name="draftSeconds">What a draft costs before it is verified.</param>
    public int Best(double draftSeconds)
    {
        double share = _came / _tried, tokens = 1, power = 1, best = LeastGain / costs.Of(1);
        int length = 0;
        for (int count = 1; count <= Most; count++)
        {
            power *= share;
            tokens += power;
            double rate = tokens / (costs.Of(count + 1) + (count * draftSeconds));
            (best, length) = rate > best ? (rate, count) : (best, length);
        }

        return length;
    }
}
