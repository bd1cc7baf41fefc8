namespace GemmaSharp.Weights.Importance;

/// <summary>What calibration saw go into one matrix.</summary>
/// <param name="Sums">Per column, the sum of its inputs' squares.</param>
/// <param name="Count">How many inputs were summed.</param>
public sealed record ImportanceEntry(float[] Sums, double Count);
