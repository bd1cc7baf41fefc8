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
    private readonly DraftLength _length = new(costs);
    private double? _draftSeconds; // of one draft
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
    /// <param name="into">Where to, and the most.</param>
    /// <param name="answers">How many answers the pass may be for, this one included.</param>
    public int Draft(Span<int> into, int answers)
    {
        if (tokens is int wanted)
        {
            return drafter.Draft(into[..int.Min(wanted, into.Length)]);
        }

        return answers > 1 ? DraftBeside(into, answers) : costs.NeedsOne ? 0 : DraftAlone(into);
    }

    /// <summary>Takes what became of the drafts of a pass.</summary>
    public void Observe(int came, bool missed) => _length.Observe(came, missed);

    // What an answer alone leaves unused, others use; only rows that products take along anyway are free.
    private int DraftBeside(Span<int> into, int answers)
    {
        int free = int.Min(into.Length, (PassCosts.RowsTogether / answers) - 1);
        return drafter.IsFree && free > 0 ? drafter.Draft(into[..free]) : 0;
    }

    private int DraftAlone(Span<int> into)
    {
        int best = int.Min(_length.Best(_draftSeconds ?? 0), into.Length);
        if (best == 0)
        {
            Rest();
            return 0;
        }

        // How long drafts take is not known before the first.
        _rest = 0;
        return Timed(into[..(drafter.IsFree || _draftSeconds is not null ? best : 1)]);
    }

    // A draft that costs nothing is compared at every step, another ever more seldom.
    private void Rest()
    {
        if (_rest == 0)
        {
            _rest = _untilTrial = FirstRest;
        }

        if (--_untilTrial > 0 && !drafter.IsFree)
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
        if (count > 0 && !drafter.IsFree)
        {
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds / count;
            _draftSeconds = _draftSeconds is double known ? (0.9 * known) + (0.1 * double.Min(seconds, 2 * known)) : seconds;
        }

        return count;
    }
}
