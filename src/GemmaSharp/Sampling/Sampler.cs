using GemmaSharp.Kernels.Ops;

namespace GemmaSharp.Sampling;

/// <summary>Picks the next token: penalties, temperature, top-k, top-p, min-p, draw (text.md 14.3).</summary>
internal sealed class Sampler(SamplingSettings settings, ulong seed)
{
    private const int FirstCandidates = 1024;
    private const int MoreCandidates = 16;
    private const double Margin = 1e-9; // far above the rounding of a sum of probabilities

    private readonly Dictionary<int, int> _answer = [];
    private readonly HashSet<int> _seen = [];
    private readonly Candidates _candidates = new();
    private readonly bool _countsTokens = settings.RepetitionPenalty != 1 || settings.PresencePenalty != 0 || settings.FrequencyPenalty != 0;
    private ulong _state = seed;

    /// <summary>The tokens that may be picked; null for all.</summary>
    public AnswerMask? Mask { get; init; }

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
        int id = settings.Temperature == 0 ? PickLargest(logits) : Draw(logits);
        Mask?.Take(id);
        Count(id);
        return id;
    }

    /// <summary>The tokens left after truncation and their probabilities, most likely first.</summary>
    internal IReadOnlyList<(int Id, double Value)> Distribution(Span<float> logits)
    {
        Penalise(logits);
        Truncate(logits, reach: 1);
        return _candidates.Sorted;
    }

    internal void Count(int id)
    {
        if (_countsTokens)
        {
            _seen.Add(id);
            _answer[id] = _answer.GetValueOrDefault(id) + 1;
        }
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

    private int PickLargest(Span<float> logits)
    {
        int id = Ranking.IndexOfMax(logits);
        if (Mask is null || Mask.Allows(id))
        {
            return id;
        }

        Mask.Apply(logits);
        return Ranking.IndexOfMax(logits);
    }

    private int Draw(Span<float> logits)
    {
        double place = NextUniform();
        Truncate(logits, place);
        foreach ((int id, double probability) in _candidates.Sorted)
        {
            place -= probability;
            if (place < 0)
            {
                return id;
            }
        }

        return _candidates.Sorted[^1].Id;
    }

    // Without top-k, more candidates are taken until all are there that can be kept, or that a draw at reach can come to.
    private void Truncate(Span<float> logits, double reach)
    {
        bool alone = settings.TopK > 0;
        double temperature = settings.Temperature == 0 ? 1 : settings.Temperature;
        if (Mask is null || !alone || !_candidates.TryTakeAllowed(logits, settings.TopK, temperature, Mask))
        {
            Mask?.Apply(logits);
            long count = alone ? settings.TopK : FirstCandidates;
            do
            {
                _candidates.Take(logits, (int)long.Min(count, logits.Length), temperature, alone);
                count *= MoreCandidates;
            }
            while (!IsEnough(reach));
        }

        if (settings.TopP < 1)
        {
            _candidates.KeepShare(settings.TopP);
        }

        _candidates.KeepNear(settings.MinP);
    }

    private bool IsEnough(double reach)
    {
        IReadOnlyList<(int Id, double Value)> sorted = _candidates.Sorted;
        return _candidates.Rest == 0
            || (settings.TopP < 1 ? _candidates.Rest <= 1 - settings.TopP
                : settings.MinP > 0 ? sorted[^1].Value < settings.MinP * sorted[0].Value
                : reach < 1 - _candidates.Rest - Margin);
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
