namespace GemmaSharp.Generation.Drafting;

/// <summary>
/// Seconds that passes of one to many tokens take, as measured in an answer's steps. Products take rows by fours, and one alone by itself: passes of 2 to 4
/// tokens cost much the same, as do those of 5 to 8 and so on, so one time is kept for each of these sizes: the median of the latest.
/// </summary>
internal sealed class PassCosts
{
    /// <summary>Rows that a product takes for the price of two.</summary>
    public const int RowsTogether = 4;

    private const int Latest = 5;
    private const int LongestWithoutOne = 32;
    private const double UsualGroup = 0.6; // of a pass of one token: what a group of rows adds, before any was measured
    private const double MostOfTheFirst = 1.25; // of what was expected: the first pass of a size compiles code and touches fresh memory
    private readonly List<Queue<double>> _seen = [new()]; // of one token, of 2 to 4, of 5 to 8, ...
    private int _sinceOne;

    /// <summary>Whether a pass of one token was measured, which all others are compared with.</summary>
    public bool KnowsOne => _seen[0].Count > 0;

    /// <summary>Whether a pass of one token is to be measured, for the first time or again: keys and values become more, and the machine may be slower than it was.</summary>
    public bool NeedsOne => !KnowsOne || _sinceOne >= LongestWithoutOne;

    /// <summary>Takes a pass's time.</summary>
    public void See(int rows, double seconds)
    {
        int size = Size(rows);
        while (_seen.Count <= size)
        {
            _seen.Add(new Queue<double>());
        }

        _sinceOne = size == 0 ? 0 : _sinceOne + 1;
        Queue<double> seen = _seen[size];
        seen.Enqueue(seen.Count == 0 && KnowsOne ? double.Min(seconds, MostOfTheFirst * Of(rows)) : seconds);
        if (seen.Count > Latest)
        {
            seen.Dequeue();
        }
    }

    /// <summary>Seconds of a pass; between and beyond sizes that were measured along a straight line. Needs <see cref="KnowsOne"/>.</summary>
    public double Of(int rows)
    {
        int size = Size(rows), below = int.Min(size, _seen.Count - 1), above = size;
        while (_seen[below].Count == 0)
        {
            below--;
        }

        while (above < _seen.Count && _seen[above].Count == 0)
        {
            above++;
        }

        double one = Median(0), least = Median(below);
        double slope = below == size ? 0
            : above < _seen.Count ? (Median(above) - least) / (above - below)
            : below > 0 ? (least - one) / below
            : UsualGroup * one;
        return least + (double.Max(0, slope) * (size - below));
    }

    // Of an even number the faster: what disturbs a pass makes it slower and never faster.
    private double Median(int size) => _seen[size].Order().ElementAt((_seen[size].Count - 1) / 2);

    private static int Size(int rows) => rows == 1 ? 0 : (rows + RowsTogether - 1) / RowsTogether;
}
