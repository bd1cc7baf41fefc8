using System.Diagnostics;
using System.Runtime.ExceptionServices;
using GemmaSharp.Model;

namespace GemmaSharp.Generation;

/// <summary>
/// Answers that run at the same time share passes, so that the weights are read once for all. Each answer's thread hands its tokens in; the first
/// leads: it waits a little for those that are about to come, runs the pass, and hands the lead on to one that came meanwhile. An answer alone
/// leads every pass and never waits. What a sequence computes does not depend on what else is in its passes.
/// </summary>
internal sealed class SharedPasses(Gemma3nModel model)
{
    /// <summary>The most answers that a pass gives tokens to.</summary>
    public const int MostAnswers = 16;

    /// <summary>The most tokens of answers in a pass, drafts included: each has logits of its own.</summary>
    public const int MostAnswerTokens = 64;

    // Drawing tokens of all answers takes less; one that takes longer, because its reader is slow, is not waited for again until it has come.
    private const int WaitShare = 4;
    private const int LeastWaitMilliseconds = 1;
    private const int MostWaitMilliseconds = 50;

    private readonly Lock _gate = new();
    private readonly List<PassMember> _members = [];
    private readonly List<PassMember> _waiting = []; // as they came
    private readonly List<PassMember> _taken = []; // the leader's
    private readonly PromptPace _pace = new();
    private PassItem[] _items = []; // the leader's
    private volatile PassMember? _leader;
    private bool _isGathering;
    private bool _expectsOthers;
    private TimeSpan _lastPass;
    private PassCounts _counts;

    /// <summary>What was computed so far.</summary>
    public PassCounts Counts
    {
        get
        {
            lock (_gate)
            {
                return _counts;
            }
        }
    }

    /// <summary>Others may come at any time: no prompt makes them wait for long. Without this it is so once two answers were here at the same time.</summary>
    public void ExpectOthers()
    {
        lock (_gate)
        {
            _expectsOthers = true;
        }
    }

    /// <summary>Begins an answer; disposing the member ends it.</summary>
    public PassMember Join(ModelState state)
    {
        PassMember member = new(this, state);
        lock (_gate)
        {
            _members.Add(member);
            _expectsOthers |= _members.Count > 1;
        }

        return member;
    }

    /// <summary>Ends an answer.</summary>
    public void Leave(PassMember member)
    {
        lock (_gate)
        {
            _members.Remove(member);
            WakeGatherer();
        }
    }

    /// <summary>Returns when a pass has taken the member's tokens; what went wrong with them is thrown.</summary>
    public void Run(PassMember member)
    {
        lock (_gate)
        {
            (member.IsWaiting, member.IsExpected, member.Failure) = (true, true, null);
            _waiting.Add(member);
            _leader ??= member;
            WakeGatherer();
        }

        while (member.IsWaiting)
        {
            if (ReferenceEquals(_leader, member))
            {
                Lead(member);
            }
            else
            {
                member.Signal.Wait();
            }
        }

        member.Failure?.Throw();
    }

    private void WakeGatherer()
    {
        if (_isGathering && AllHere())
        {
            _leader?.Signal.Release();
        }
    }

    private void Lead(PassMember leader)
    {
        Gather(leader);
        int prompts;
        lock (_gate)
        {
            prompts = Take();
        }

        long started = Stopwatch.GetTimestamp();
        Forward();
        TimeSpan took = Stopwatch.GetElapsedTime(started);
        lock (_gate)
        {
            _pace.See(prompts, _taken.Exists(member => !member.IsPrompt), took.TotalSeconds);
            _lastPass = took;
            HandOn(leader);
        }
    }

    private void Gather(PassMember leader)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            int left;
            lock (_gate)
            {
                double most = double.Clamp(_lastPass.TotalMilliseconds / WaitShare, LeastWaitMilliseconds, MostWaitMilliseconds);
                left = (int)Math.Ceiling(most - Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                _isGathering = left > 0 && !AllHere();
                if (!_isGathering)
                {
                    foreach (PassMember member in _members)
                    {
                        member.IsExpected &= member.IsWaiting;
                    }

                    return;
                }
            }

            leader.Signal.Wait(left);
        }
    }

    private bool AllHere()
    {
        foreach (PassMember member in _members)
        {
            if (member.IsExpected && !member.IsWaiting)
            {
                return false;
            }
        }

        return true;
    }

    // Chooses who is in the pass; returns how many tokens of prompts. Only sequences of one slice share a pass: of the one that waits longest.
    private int Take()
    {
        int answers = 0, tokens = 0, prompts = 0;
        bool besideAnswers = false;
        ModelSlice slice = _waiting[0].Slice;
        foreach (PassMember member in _waiting)
        {
            besideAnswers |= !member.IsPrompt;
            if (member.Slice != slice)
            {
                continue;
            }

            prompts += member.IsPrompt ? 1 : 0;
            if (!member.IsPrompt && answers < MostAnswers && (answers == 0 || tokens + member.Left <= MostAnswerTokens))
            {
                answers++;
                tokens += member.Left;
                member.Taken = member.Left;
                _taken.Add(member);
            }
        }

        return prompts == 0 ? 0 : TakePrompts(slice, prompts, besideAnswers);
    }

    private int TakePrompts(ModelSlice slice, int count, bool besideAnswers)
    {
        Span<int> left = stackalloc int[count], waited = stackalloc int[count], taken = stackalloc int[count];
        int at = 0, tokens = 0;
        foreach (PassMember member in _waiting)
        {
            if (member.IsPrompt && member.Slice == slice)
            {
                (left[at], waited[at]) = (member.Left, member.Waited);
                at++;
            }
        }

        PromptPace.Share(_expectsOthers ? _pace.Budget(besideAnswers) : Sequence.PrefillChunk, left, waited, taken);
        at = 0;
        foreach (PassMember member in _waiting)
        {
            if (member.IsPrompt && member.Slice == slice)
            {
                member.Taken = taken[at++];
                member.Waited = member.Taken > 0 ? 0 : member.Waited + 1;
                tokens += member.Taken;
                if (member.Taken > 0)
                {
                    _taken.Add(member);
                }
            }
        }

        return tokens;
    }

    private void Forward()
    {
        if (_items.Length < _taken.Count)
        {
            _items = new PassItem[2 * _taken.Count];
        }

        for (int at = 0; at < _taken.Count; at++)
        {
            _items[at] = _taken[at].Item(model);
        }

        ReadOnlySpan<PassItem> items = _items.AsSpan(0, _taken.Count);
        if (!TryForward(items, _taken[0]) && items.Length > 1)
        {
            // None has advanced: what is wrong with one is found by each alone.
            for (int at = 0; at < items.Length; at++)
            {
                TryForward(items.Slice(at, 1), _taken[at]);
            }
        }

        Array.Clear(_items);
    }

    private bool TryForward(ReadOnlySpan<PassItem> items, PassMember blamed)
    {
        try
        {
            model.Forward(items);
            blamed.Failure = null;
            return true;
        }
        catch (Exception failure)
        {
            blamed.Failure = ExceptionDispatchInfo.Capture(failure);
            return false;
        }
    }

    private void HandOn(PassMember leader)
    {
        int answers = _members.Count(member => member.IsWaiting || member.IsExpected);
        _counts = _counts with { Passes = _counts.Passes + 1, Sequences = _counts.Sequences + _taken.Count };
        foreach (PassMember member in _taken)
        {
            _counts = _counts with { Tokens = _counts.Tokens + member.Taken };
            _waiting.Remove(member);
            (member.Sharers, member.Answers) = (_taken.Count, answers);
            member.IsWaiting = false;
            if (!ReferenceEquals(member, leader))
            {
                member.Signal.Release();
            }
        }

        _taken.Clear();
        _leader = leader.IsWaiting ? leader : _waiting.Count > 0 ? _waiting[0] : null;
        if (_leader is PassMember next && !ReferenceEquals(next, leader))
        {
            next.Signal.Release();
        }
    }
}
