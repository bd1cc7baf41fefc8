namespace GemmaSharp.Generation.Drafting;

/// <summary>
/// Seconds that passes of one to many tokens take, as measured in an answer's steps. Products take rows by fours, and one alone by itself: passes of 2 to 4
/// tokens cost much the same, as do those of 5 to 8 and so on, so one time is kept for each of these sizes.
/// </summary>
internal sealed class PassCosts
{
    private const int RowsTogether = 4;
    private const double UsualGroup = 0.6; // of a pass of one token: what a group of rows adds, before any was measured
    private const double MostOfTheFirst = 1.25; // of what was expected: the first pass of a size compiles code and touches fresh memory
    private readonly List<double> _seconds = [0]; // of one token, of 2 to 4, of 5 to 8, ...; 0 for not measured

    /// <summary>Whether a pass of one token was measured, which all others are compared with.</summary>
    public bool KnowsOne => _seconds[0] > 0;

    /// <summary>Takes a pass's time. What disturbed a pass makes it slower and never faster, so a faster one counts more.</summary>
    public void See(int rows, double seconds)
    {
        int size = Size(rows);
        while (_seconds.Count <= size)
        {
            _seconds.Add(0);
        }

        double known = _seconds[size];
        _seconds[size] = known == 0 ? (KnowsOne ? double.Min(seconds, MostOfTheFirst * Of(rows)) : seconds)
            : seconds < known ? (known + seconds) / 2
            : known + (0.1 * (double.Min(seconds, 2 * known) - known));
    }

    /// <summary>Seconds of a pass; between and beyond sizes that were measured along a straight line. Needs <see cref="KnowsOne"/>.</summary>
    public double Of(int rows)
    {
        int size = Size(rows), below = int.Min(size, _seconds.Count - 1), above = size;
        while (_seconds[below] == 0)
        {
            below--;
        }

        while (above < _seconds.Count && _seconds[above] == 0)
        {
            above++;
        }

        double slope = below == size ? 0
            : above < _seconds.Count ? (_seconds[above] - _seconds[below]) / (above - below)
            : below > 0 ? (_seconds[below] - _seconds[0]) / below
            : UsualGroup * _seconds[0];
        return _seconds[below] + (double.Max(0, slope) * (size - below));
    }

    private static int Size(int rows) => rows == 1 ? 0 : (rows + RowsTogether - 1) / RowsTogether;
}
