using System.Diagnostics;
using GemmaSharp.Prefixes;
using GemmaSharp.Sampling;

namespace GemmaSharp.Generation.Drafting;

/// <summary>
/// The logits behind each token of an answer. Drafts of the tokens to come go through the model in one pass with the token that came; while the
/// tokens drawn are those drafted their logits are there already, and what was drafted wrongly is taken out of the cache before the next pass.
/// </summary>
/// <param name="passes">Run what is asked for.</param>
/// <param name="held">The answer's tokens; it gets only those that were drawn, as it gives them to others.</param>
/// <param name="drafters">Who drafts, the first that has an idea; none for a pass a token.</param>
/// <param name="mask">What the answer's grammar allows, or null.</param>
/// <param name="costs">Takes the time of passes.</param>
/// <param name="logits">[vocab], room for the logits of one token; drafts take more.</param>
internal sealed class DraftedSteps(PassMember passes, HeldTokens held, AdaptiveDrafter[] drafters, AnswerMask? mask, PassCosts costs, Memory<float> logits) : IDisposable
{
    /// <summary>The most drafts of a pass: what is taken back is far less than what sliding layers keep behind their window.</summary>
    public const int MostDrafts = 32;

    private readonly int _vocabulary = logits.Length;
    private readonly DraftGain _gain = new();
    private readonly int[] _ids = new int[1 + MostDrafts]; // of the last pass: the token that came, then drafts
    private Memory<float> _logits = logits; // [tokens of the last pass, vocab]
    private int _rows; // of these, those that the cache has and held has not: 0 where no pass is unsettled
    private int _row;
    private int _source;
    private int _drafted;
    private int _accepted;

    /// <summary>The logits after a token, to be changed as wanted.</summary>
    /// <param name="id">The token that was drawn from the logits before.</param>
    /// <param name="most">How many tokens may follow it.</param>
    public Memory<float> After(int id, int most)
    {
        foreach (AdaptiveDrafter drafter in drafters)
        {
            drafter.See(id);
        }

        if (_row + 1 < _rows && _ids[_row + 1] == id)
        {
            _row++;
            _accepted++;
            _gain.SeeAccepted();
            return Row();
        }

        Settle(missed: _row + 1 < _rows);
        long started = Stopwatch.GetTimestamp();
        _ids[0] = id;
        int drafts = Draft(_ids.AsSpan(1, int.Min(MostDrafts, most - 1)));
        double seconds = Pass(1 + drafts);
        _drafted += drafts;
        _gain.See(drafts == 0, passes.Sharers > 1, seconds, Stopwatch.GetElapsedTime(started).TotalSeconds);
        return Row();
    }

    /// <summary>Takes drafts that the answer did not come to out of the cache.</summary>
    public void Settle() => Settle(missed: false);

    /// <summary>Counts what drafts gave.</summary>
    public Usage Count(Usage usage) => usage with
    {
        DraftedTokens = _drafted,
        AcceptedTokens = _accepted,
        DraftSpeedUp = _drafted > 0 ? _gain.Times(usage.DecodeSeconds) : null,
    };

    public void Dispose() => Settle();

    /// <summary>What the user should know about drafting, once; null otherwise.</summary>
    public string? TakeNotice()
    {
        string? notice = null;
        foreach (AdaptiveDrafter drafter in drafters)
        {
            notice ??= drafter.TakeNotice();
        }

        return notice;
    }

    private Memory<float> Row() => _logits.Slice(_row * _vocabulary, _vocabulary);

    private void Settle(bool missed)
    {
        if (_rows > 1)
        {
            drafters[_source].Observe(_row, missed);
            int position = held.Count + 1 + _row;
            if (!held.State.TryTruncate(position))
            {
                throw new InvalidOperationException($"drafts are to be taken back to position {position}, whose window is no longer held");
            }
        }

        for (int row = 0; row <= _row && row < _rows; row++)
        {
            held.Add(new PrefixToken(_ids[row]));
        }

        _rows = _row = 0;
    }

    private int Draft(Span<int> into)
    {
        for (_source = 0; _source < drafters.Length && into.Length > 0; _source++)
        {
            int count = drafters[_source].Draft(into, passes.Answers);
            count = mask?.CountAllowed(into[..count]) ?? count;
            if (count > 0)
            {
                return count;
            }
        }

        return 0;
    }

    private double Pass(int rows)
    {
        if (_logits.Length < rows * _vocabulary)
        {
            _logits = new float[int.Max(rows * _vocabulary, 2 * _logits.Length)];
        }

        long started = Stopwatch.GetTimestamp();
        passes.Decode(_ids.AsMemory(0, rows), _logits[..(rows * _vocabulary)]);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (passes.Sharers == 1)
        {
            costs.See(rows, seconds);
        }

        _rows = rows;
        return seconds;
    }
}
