namespace GemmaSharp.Sampling;

/// <summary>Logarithms of the probabilities of a step, from the logits as the model gave them: log softmax, soft-cap included.</summary>
internal sealed class LogProbabilities
{
    private const int MostShown = 20;
    private readonly int _shown;
    private readonly float[] _logits;
    private readonly PriorityQueue<int, float> _largest = new();
    private double _logSum;

    /// <param name="shown">How many of the most likely tokens are told, 0 to 20.</param>
    /// <param name="vocabulary">How many logits a step has.</param>
    /// <exception cref="ArgumentException">Outside the range.</exception>
    public LogProbabilities(int shown, int vocabulary)
    {
        _shown = shown is >= 0 and <= MostShown ? shown : throw new ArgumentException($"{shown} most likely tokens are asked for, 0 to {MostShown} expected");
        _logits = new float[vocabulary];
    }

    /// <summary>Keeps a step's logits, before a sampler changes them.</summary>
    public void See(ReadOnlySpan<float> logits)
    {
        logits.CopyTo(_logits);
        double top = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
        {
            top = double.Max(top, logit);
        }

        foreach (float logit in logits)
        {
            sum += double.Exp(logit - top);
        }

        _logSum = top + double.Log(sum);
    }

    /// <summary>The drawn token's and the most likely ones'.</summary>
    public TokenProbabilities Of(int id)
    {
        _largest.Clear();
        for (int other = 0; other < _logits.Length && _shown > 0; other++)
        {
            if (_largest.Count < _shown)
            {
                _largest.Enqueue(other, _logits[other]);
            }
            else
            {
                _largest.EnqueueDequeue(other, _logits[other]);
            }
        }

        (int, double)[] most = [.. _largest.UnorderedItems.OrderByDescending(one => one.Priority).ThenBy(one => one.Element).Select(one => (one.Element, one.Priority - _logSum))];
        return new TokenProbabilities(_logits[id] - _logSum, most);
    }
}
