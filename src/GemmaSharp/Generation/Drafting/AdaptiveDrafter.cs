using System.Diagnostics;

namespace GemmaSharp.Generation.Drafting;

/// <summary>A drafter that is asked for as many drafts as pay. Where none do it rests, and single drafts are compared with what comes, without a pass for them.</summary>
/// <param name="drafter">Who guesses.</param>
/// <param name="costs">The time of passes.</param>
/// <param name="tokens">How many drafts, always; null adapts.</param>
internal sealed class AdaptiveDrafter(IDrafter drafter, PassCosts costs, int? tokens)
{
    private const int FirstRest = 8;
    private const int LongestRest = 128;
    private const int LeastSeen = 8;
    private const double Cheap = 0.01;
    private readonly DraftLength _length = new(costs);
    private double _draftSeconds;
    private int _rest;
    private int _untilTrial;
    private int? _trial;
    private bool _said;

    /// <summary>Says once that drafts do not pay; null otherwise.</summary>
    public string? TakeNotice()
    {
        if (_said || _rest == 0 || _length.Seen < LeastSeen || drafter.Name is null)
        {
            return null;
        }

        _said = true;
        return FormattableString.Invariant(
            $"{drafter.Name} rests: {_length.Came} of {_length.Seen} drafts came true, and a pass that verifies one takes {costs.Of(2) / costs.Of(1):F2} times as long as one without");
    }

    /// <summary>Takes the prompt.</summary>
    public void SeePrompt(ReadOnlySpan<int> ids) => drafter.See(ids);

    /// <summary>Takes a token that was drawn.</summary>
    public void See(int id)
    {
        if (_trial is int trial)
        {
            _length.Observe(trial == id ? 1 : 0, trial != id);
            _trial = null;
        }

        drafter.See(new ReadOnlySpan<int>(in id));
    }

    /// <summary>Writes drafts that are worth a pass and returns how many.</summary>
    public int Draft(Span<int> into)
    {
        if (tokens is int wanted)
        {
            return drafter.Draft(into[..int.Min(wanted, into.Length)]);
        }

        if (!costs.KnowsOne)
        {
            return 0;
        }

        int best = int.Min(_length.Best(_draftSeconds), into.Length);
        if (best == 0)
        {
            Rest();
            return 0;
        }

        _rest = 0;
        return Timed(into[..best]);
    }

    /// <summary>Takes what became of the drafts of a pass.</summary>
    public void Observe(int came, bool missed) => _length.Observe(came, missed);

    // A draft that costs nothing is compared at every step, another ever more seldom.
    private void Rest()
    {
        bool cheap = _draftSeconds < Cheap * costs.Of(1);
        if (_rest == 0)
        {
            _rest = _untilTrial = FirstRest;
        }

        if (--_untilTrial > 0 && !cheap)
        {
            return;
        }

        _untilTrial = _rest = int.Min(2 * _rest, LongestRest);
        Span<int> one = [0];
        _trial = Timed(one) > 0 ? one[0] : null;
    }

    private int Timed(Span<int> into)
    {
        long started = Stopwatch.GetTimestamp();
        int count = drafter.Draft(into);
        if (count > 0)
        {
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds / count;
            _draftSeconds = _draftSeconds == 0 ? seconds : (0.9 * _draftSeconds) + (0.1 * double.Min(seconds, 2 * _draftSeconds));
        }

        return count;
    }
}
