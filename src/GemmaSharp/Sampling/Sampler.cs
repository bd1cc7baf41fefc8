namespace GemmaSharp.Sampling;

/// <summary>Picks the next token: penalties, temperature, top-k, top-p, min-p, draw (text.md 14.3).</summary>
internal sealed class Sampler(SamplingSettings settings, ulong seed)
{
    private readonly Dictionary<int, int> _answer = [];
    private readonly HashSet<int> _seen = [];
    private readonly List<(int Id, double Value)> _kept = [];
    private readonly PriorityQueue<int, float> _largest = new();
    private readonly bool _countsTokens = settings.RepetitionPenalty != 1 || settings.PresencePenalty != 0 || settings.FrequencyPenalty != 0;
    private ulong _state = seed;

    /// <summary>Counts a token of the prompt.</summary>
    public void SeePrompt(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            _seen.Add(id);
        }
    }

    /// <summary>Picks a token and counts it; the logits are changed in place.</summary>
    public int Next(Span<float> logits)
    {
        Penalise(logits);
        int id = settings.Temperature == 0 ? Most(logits) : Draw(logits);
        Count(id);
        return id;
    }

    /// <summary>The tokens left after truncation and their probabilities, most likely first.</summary>
    internal IReadOnlyList<(int Id, double Value)> Distribution(Span<float> logits)
    {
        Penalise(logits);
        Truncate(logits);
        return _kept;
    }

    internal void Count(int id)
    {
        if (_countsTokens)
        {
            _seen.Add(id);
            _answer[id] = _answer.GetValueOrDefault(id) + 1;
        }
    }

    private static int Most(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int id = 1; id < logits.Length; id++)
        {
            best = logits[id] > logits[best] ? id : best;
        }

        return best;
    }

    private void Penalise(Span<float> logits)
    {
        if (settings.RepetitionPenalty != 1)
        {
            foreach (int id in _seen)
            {
                logits[id] = (float)(logits[id] < 0 ? logits[id] * settings.RepetitionPenalty : logits[id] / settings.RepetitionPenalty);
            }
        }

        foreach ((int id, int count) in _answer)
        {
            logits[id] -= (float)((settings.FrequencyPenalty * count) + settings.PresencePenalty);
        }

        foreach ((int id, float bias) in settings.LogitBias)
        {
            logits[id] += bias;
        }
    }

    private int Draw(Span<float> logits)
    {
        Truncate(logits);
        double place = NextUniform();
        foreach ((int id, double probability) in _kept)
        {
            place -= probability;
            if (place < 0)
            {
                return id;
            }
        }

        return _kept[^1].Id;
    }

    private void Truncate(ReadOnlySpan<float> logits)
    {
        _kept.Clear();
        double least = settings.TopK > 0 && settings.TopK < logits.Length ? KthLargest(logits, settings.TopK) : double.NegativeInfinity;
        for (int id = 0; id < logits.Length; id++)
        {
            if (logits[id] >= least)
            {
                _kept.Add((id, logits[id] / (settings.Temperature == 0 ? 1 : settings.Temperature)));
            }
        }

        _kept.Sort((a, b) => a.Value != b.Value ? b.Value.CompareTo(a.Value) : a.Id.CompareTo(b.Id));
        Normalise(exponentiate: true);
        if (settings.TopP < 1)
        {
            KeepShare(settings.TopP);
        }

        int count = _kept.FindIndex(one => one.Value < settings.MinP * _kept[0].Value);
        if (count > 0)
        {
            _kept.RemoveRange(count, _kept.Count - count);
            Normalise(exponentiate: false);
        }
    }

    // From the least likely up, what sums to at most 1 - p goes; the most likely stays.
    private void KeepShare(double share)
    {
        double sum = 0;
        int count = _kept.Count;
        while (count > 1 && (sum += _kept[count - 1].Value) <= 1 - share)
        {
            count--;
        }

        _kept.RemoveRange(count, _kept.Count - count);
        Normalise(exponentiate: false);
    }

    private void Normalise(bool exponentiate)
    {
        double top = _kept[0].Value, sum = 0;
        for (int at = 0; at < _kept.Count; at++)
        {
            double value = exponentiate ? double.Exp(_kept[at].Value - top) : _kept[at].Value;
            _kept[at] = (_kept[at].Id, value);
            sum += value;
        }

        for (int at = 0; at < _kept.Count; at++)
        {
            _kept[at] = (_kept[at].Id, _kept[at].Value / sum);
        }
    }

    private float KthLargest(ReadOnlySpan<float> logits, int k)
    {
        _largest.Clear();
        for (int id = 0; id < logits.Length; id++)
        {
            if (_largest.Count < k)
            {
                _largest.Enqueue(id, logits[id]);
            }
            else
            {
                _largest.EnqueueDequeue(id, logits[id]);
            }
        }

        _largest.TryPeek(out _, out float least);
        return least;
    }

    // SplitMix64, 53 bits.
    private double NextUniform()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
