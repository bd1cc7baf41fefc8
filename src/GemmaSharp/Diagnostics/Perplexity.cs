using System.Text.Json.Nodes;

namespace GemmaSharp.Diagnostics;

/// <summary>
/// How well a model foretells a text: windows stand alone, and the tokens of their second halves are scored, as llama.cpp does. Against a
/// base model also how far the distributions are from its own.
/// </summary>
internal sealed class Perplexity
{
    private Estimate _surprise;
    private Estimate _baseSurprise;
    private Estimate _divergence;
    private Estimate _sameTop;

    private Perplexity(int length) => Length = length;

    /// <summary>Tokens of a window.</summary>
    public int Length { get; }

    /// <summary>Windows scored.</summary>
    public int Windows { get; private set; }

    /// <summary>Tokens scored.</summary>
    public long Tokens => _surprise.Count;

    /// <summary>exp of the mean of -ln p over the scored tokens.</summary>
    public double Value => double.Exp(_surprise.Mean);

    /// <summary>Its standard error.</summary>
    public double Error => _surprise.Error * Value;

    /// <summary>The base model's.</summary>
    public double BaseValue => double.Exp(_baseSurprise.Mean);

    /// <summary>The mean over the scored tokens of sum p_base ln(p_base / p).</summary>
    public double Divergence => _divergence.Mean;

    /// <summary>Its standard error.</summary>
    public double DivergenceError => _divergence.Error;

    /// <summary>How often both models like the same token best.</summary>
    public double SameTop => _sameTop.Mean;

    /// <summary>Its standard error.</summary>
    public double SameTopError => _sameTop.Error;

    /// <summary>Scores windows of the same length.</summary>
    /// <param name="engine">The model.</param>
    /// <param name="basis">The model to compare it with, or null.</param>
    /// <param name="windows">Windows of token ids.</param>
    /// <param name="progress">Told after every window.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ArgumentException">The models have different vocabularies.</exception>
    public static Perplexity Measure(
        GemmaEngine engine, GemmaEngine? basis, IReadOnlyList<int[]> windows, Action<Perplexity>? progress = null, CancellationToken cancel = default)
    {
        int length = windows[0].Length;
        Perplexity score = new(length);
        using WindowLogits own = new(engine, length);
        using WindowLogits? other = basis is null ? null : new WindowLogits(basis, length);
        if (other is not null && other.Vocabulary != own.Vocabulary)
        {
            throw new ArgumentException($"the base model has a vocabulary of {other.Vocabulary}, {own.Vocabulary} expected");
        }

        foreach (int[] window in windows)
        {
            score.Add(window, own, other, cancel);
            progress?.Invoke(score);
        }

        return score;
    }

    /// <summary>The figures by name.</summary>
    public JsonObject Describe()
    {
        JsonObject facts = new()
        {
            ["windows"] = Windows, ["window length"] = Length, ["tokens scored"] = Tokens, ["perplexity"] = Value, ["perplexity error"] = Error,
        };
        if (_divergence.Count > 0)
        {
            facts["perplexity of base"] = BaseValue;
            facts["KL divergence"] = Divergence;
            facts["KL divergence error"] = DivergenceError;
            facts["same top token"] = SameTop;
            facts["same top token error"] = SameTopError;
        }

        return facts;
    }

    // The token in place p + 1 is foretold at place p; what the last place foretells is not in the window.
    private void Add(int[] window, WindowLogits own, WindowLogits? other, CancellationToken cancel)
    {
        int first = Length / 2, end = Length - 1, vocabulary = own.Vocabulary;
        own.Start(window.AsSpan(0, first));
        other?.Start(window.AsSpan(0, first));
        for (int at = first; at < end; at += own.RowsAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> ids = window.AsSpan(at, int.Min(own.RowsAtOnce, end - at));
            ReadOnlySpan<float> logits = own.Next(ids), reference = other is null ? [] : other.Next(ids);
            for (int row = 0; row < ids.Length; row++)
            {
                Score(window[at + row + 1], logits.Slice(row * vocabulary, vocabulary), other is null ? [] : reference.Slice(row * vocabulary, vocabulary));
            }
        }

        Windows++;
    }

    private void Score(int target, ReadOnlySpan<float> logits, ReadOnlySpan<float> reference)
    {
        (double total, int top) = Total(logits);
        _surprise.Add(total - logits[target]);
        if (reference.IsEmpty)
        {
            return;
        }

        (double baseTotal, int baseTop) = Total(reference);
        double divergence = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            double expected = reference[id] - baseTotal;
            divergence += double.Exp(expected) * (expected - (logits[id] - total));
        }

        _baseSurprise.Add(baseTotal - reference[target]);
        _divergence.Add(divergence);
        _sameTop.Add(top == baseTop ? 1 : 0);
    }

    // ln of the sum of exp, and the place of the largest.
    private static (double Total, int Top) Total(ReadOnlySpan<float> logits)
    {
        int top = 0;
        for (int id = 1; id < logits.Length; id++)
        {
            top = logits[id] > logits[top] ? id : top;
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += double.Exp((double)logit - logits[top]);
        }

        return (logits[top] + double.Log(sum), top);
    }
}
