namespace GemmaSharp.Generation;

/// <summary>Looks for stop texts in streamed text and holds back what may be the beginning of one.</summary>
internal sealed class StopMatcher(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>Whether a stop text came.</summary>
    public bool Stopped => Found is not null;

    /// <summary>The one that came first.</summary>
    public string? Found { get; private set; }

    /// <summary>The text that certainly belongs to the answer.</summary>
    public string Push(string text)
    {
        if (stops.Count == 0)
        {
            return text;
        }

        _held += text;
        int first = -1;
        string? found = null;
        foreach (string stop in stops)
        {
            int at = stop.Length == 0 ? -1 : _held.IndexOf(stop, StringComparison.Ordinal);
            (first, found) = at >= 0 && (first < 0 || at < first) ? (at, stop) : (first, found);
        }

        if (first >= 0)
        {
            Found = found;
            string before = _held[..first];
            _held = "";
            return before;
        }

        int keep = stops.Max(Overlap);
        string certain = _held[..^keep];
        _held = _held[^keep..];
        return certain;
    }

    /// <summary>What was held back, at the end.</summary>
    public string Flush()
    {
        string rest = _held;
        _held = "";
        return rest;
    }

    // The longest end of the held text that begins the stop text.
    private int Overlap(string stop)
    {
        int length = int.Min(stop.Length - 1, _held.Length);
        while (length > 0 && !_held.EndsWith(stop[..length], StringComparison.Ordinal))
        {
            length--;
        }

        return int.Max(length, 0);
    }
}
