using GemmaSharp.Kernels.Ops;

namespace GemmaSharp.Sampling;

/// <summary>The most likely tokens of a vocabulary and their probabilities, most likely first: sorted are those alone, and not all the rest.</summary>
internal sealed class Candidates
{
    private const int FewForbidden = 64;
    private readonly List<(int Id, double Value)> _sorted = [];
    private readonly PriorityQueue<int, float> _largest = new();

    /// <summary>Tokens and probabilities; among equals the lowest id comes first.</summary>
    public IReadOnlyList<(int Id, double Value)> Sorted => _sorted;

    /// <summary>The probability of all other tokens together.</summary>
    public double Rest { get; private set; }

    /// <summary>Takes the tokens whose logit is at least the <paramref name="count"/>-th largest, so that ties at the edge all come.</summary>
    /// <param name="logits">[vocab].</param>
    /// <param name="count">How many; the vocabulary or more takes all.</param>
    /// <param name="temperature">Divides the logits.</param>
    /// <param name="alone">Whether the others have no part in the whole.</param>
    public void Take(ReadOnlySpan<float> logits, int count, double temperature, bool alone)
    {
        float least = Gather(logits, count, temperature);
        double top = _sorted[0].Value;
        Weigh();
        Rest = alone || _sorted.Count == logits.Length ? 0 : Ranking.SumExponentialsBelow(logits, least, 1 / temperature, top);
        Normalise();
    }

    /// <summary>Takes alone what <see cref="Take"/> would with the logits of all forbidden tokens at minus infinity; false where the most likely tokens hold too few others.</summary>
    /// <remarks>Asking about these is far cheaper than a mask of the vocabulary, and inside a string nearly all are allowed.</remarks>
    public bool TryTakeAllowed(ReadOnlySpan<float> logits, int count, double temperature, AnswerMask mask)
    {
        long asked = (2L * count) + FewForbidden;
        if (asked >= logits.Length)
        {
            return false;
        }

        Gather(logits, (int)asked, temperature);
        int kept = 0;
        for (int at = 0; at < _sorted.Count && (kept < count || _sorted[at].Value == _sorted[kept - 1].Value); at++)
        {
            if (mask.Allows(_sorted[at].Id))
            {
                _sorted[kept++] = _sorted[at];
            }
        }

        _sorted.RemoveRange(kept, _sorted.Count - kept);
        if (kept < count)
        {
            return false;
        }

        Weigh();
        Rest = 0;
        Normalise();
        return true;
    }

    /// <summary>From the least likely up, what sums to at most 1 - share goes; the most likely stays.</summary>
    public void KeepShare(double share)
    {
        double sum = Rest;
        int count = _sorted.Count;
        while (count > 1 && (sum += _sorted[count - 1].Value) <= 1 - share)
        {
            count--;
        }

        KeepFirst(count);
    }

    /// <summary>What is less likely than that times the most likely goes.</summary>
    public void KeepNear(double factor)
    {
        double least = factor * _sorted[0].Value;
        int count = _sorted.FindIndex(one => one.Value < least);
        if (count > 0)
        {
            KeepFirst(count);
        }
    }

    // Logits over the temperature, largest first; returns the least logit taken.
    private float Gather(ReadOnlySpan<float> logits, int count, double temperature)
    {
        _sorted.Clear();
        // What a grammar forbids has a logit of minus infinity and is never sorted among the rest.
        float least = float.Max(float.MinValue, count < logits.Length ? KthLargest(logits, count) : float.MinValue);
        int step;
        for (int id = 0; id < logits.Length && (step = Ranking.IndexOfAtLeast(logits[id..], least)) >= 0; id++)
        {
            id += step;
            _sorted.Add((id, logits[id] / temperature));
        }

        _sorted.Sort((a, b) => a.Value != b.Value ? b.Value.CompareTo(a.Value) : a.Id.CompareTo(b.Id));
        return least;
    }

    // Exponentials in the place of logits, the largest being 1.
    private void Weigh()
    {
        double top = _sorted[0].Value;
        for (int at = 0; at < _sorted.Count; at++)
        {
            _sorted[at] = (_sorted[at].Id, double.Exp(_sorted[at].Value - top));
        }
    }

    private void KeepFirst(int count)
    {
        _sorted.RemoveRange(count, _sorted.Count - count);
        Rest = 0;
        Normalise();
    }

    private void Normalise()
    {
        double sum = Rest;
        for (int at = 0; at < _sorted.Count; at++)
        {
            sum += _sorted[at].Value;
        }

        for (int at = 0; at < _sorted.Count; at++)
        {
            _sorted[at] = (_sorted[at].Id, _sorted[at].Value / sum);
        }

        Rest /= sum;
    }

    private float KthLargest(ReadOnlySpan<float> logits, int k)
    {
        _largest.Clear();
        for (int id = 0; id < k; id++)
        {
            _largest.Enqueue(id, logits[id]);
        }

        float least = Least();
        for (int id = k; id < logits.Length; id++)
        {
            // A logit that is no number is smaller than all and cannot be compared with.
            int step = float.IsNaN(least) ? 0 : Ranking.IndexOfAtLeast(logits[id..], float.BitIncrement(least));
            if (step < 0)
            {
                break;
            }

            id += step;
            _largest.EnqueueDequeue(id, logits[id]);
            least = Least();
        }

        return least;

        float Least() => _largest.TryPeek(out _, out float value) ? value : float.NaN;
    }
}
