namespace GemmaSharp.Diagnostics;

/// <summary>The mean of a sample and its standard error.</summary>
internal struct Estimate
{
    private double _sum;
    private double _squares;

    /// <summary>Values so far.</summary>
    public long Count { get; private set; }

    /// <summary>Their mean.</summary>
    public readonly double Mean => _sum / Count;

    /// <summary>The standard error of the mean; 0 for a single value.</summary>
    public readonly double Error => Count > 1 ? double.Sqrt(double.Max(0, (_squares / Count) - (Mean * Mean)) / (Count - 1)) : 0;

    public void Add(double value)
    {
        _sum += value;
        _squares += value * value;
        Count++;
    }
}
