namespace GemmaSharp.Generation.Drafting;

/// <summary>Seconds that passes of one to many tokens take, as measured in an answer's steps.</summary>
internal sealed class PassCosts
{
    // Before anything is measured, a row more is taken to cost this share of a pass of one row.
    private const double UsualRow = 0.15;
    private readonly List<double> _seconds = [0]; // by rows; 0 for not measured

    /// <summary>Whether a pass of one token was measured, which all others are compared with.</summary>
    public bool KnowsOne => _seconds.Count > 1 && _seconds[1] > 0;

    /// <summary>Takes a pass's time. What disturbed a pass makes it slower and never faster, so a faster one counts more.</summary>
    public void See(int rows, double seconds)
    {
        while (_seconds.Count <= rows)
        {
            _seconds.Add(0);
        }

        double known = _seconds[rows];
        _seconds[rows] = known == 0 ? seconds
            : seconds < known ? (known + seconds) / 2
            : known + (0.1 * (double.Min(seconds, 2 * known) - known));
    }

    /// <summary>Seconds of a pass; between and beyond sizes that were measured along a straight line. Needs <see cref="KnowsOne"/>.</summary>
    public double Of(int rows)
    {
        if (rows < _seconds.Count && _seconds[rows] > 0)
        {
            return _seconds[rows];
        }

        int below = int.Min(rows, _seconds.Count) - 1, above = rows + 1;
        while (_seconds[below] == 0)
        {
            below--;
        }

        while (above < _seconds.Count && _seconds[above] == 0)
        {
            above++;
        }

        double slope = above < _seconds.Count ? (_seconds[above] - _seconds[below]) / (above - below)
            : below > 1 ? (_seconds[below] - _seconds[1]) / (below - 1)
            : UsualRow * _seconds[1];
        return _seconds[below] + (double.Max(0, slope) * (rows - below));
    }
}
