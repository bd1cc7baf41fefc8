using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Weights.Importance;

/// <summary>
/// How much every input column of a model's matrices counted on a calibration text (formats.md 10), under the matrices' names in GGUF.
/// Written as GGUF; the older .dat form is read too.
/// </summary>
public sealed class ImportanceMatrix(IReadOnlyDictionary<string, ImportanceEntry> entries)
{
    /// <summary>What was seen, per matrix.</summary>
    public IReadOnlyDictionary<string, ImportanceEntry> Entries => entries;

    /// <summary>Names of the calibration texts.</summary>
    public IReadOnlyList<string> Datasets { get; init; } = [];

    /// <summary>Windows of text that were read.</summary>
    public int ChunkCount { get; init; }

    /// <summary>Tokens of a window; 0 when not known.</summary>
    public int ChunkSize { get; init; }

    /// <summary>Reads a file of either form.</summary>
    /// <exception cref="WeightException">It is missing or malformed.</exception>
    public static ImportanceMatrix Read(string path)
    {
        using CheckpointFile file = CheckpointFile.Open(path);
        return WeightFiles.FormatOf(path) is WeightFormat.Gguf ? ImportanceGguf.Read(path) : ImportanceDat.Read(file);
    }

    /// <summary>Writes the GGUF form.</summary>
    /// <exception cref="WeightException">It cannot be written there.</exception>
    public void Write(string path) => ImportanceGguf.Write(this, path);

    /// <summary>The mean squares of a matrix's columns; null where calibration saw nothing of it.</summary>
    /// <param name="name">The matrix.</param>
    /// <param name="columns">How many columns it has.</param>
    /// <exception cref="WeightException">The entry has another number of columns.</exception>
    public float[]? Find(string name, int columns)
    {
        if (!entries.TryGetValue(name, out ImportanceEntry? entry))
        {
            return null;
        }

        if (entry.Sums.Length != columns)
        {
            throw new WeightException($"importance of {name}: {entry.Sums.Length} columns found, {columns} expected; is it this model's?");
        }

        float count = (float)entry.Count;
        return count > 0 ? Array.ConvertAll(entry.Sums, sum => sum / count) : null;
    }

    /// <summary>Refuses sums that no squares have.</summary>
    internal static ImportanceEntry Check(string file, string name, float[] sums, double count) =>
        Array.TrueForAll(sums, sum => sum >= 0 && float.IsFinite(sum)) && count >= 0 && double.IsFinite(count)
            ? new ImportanceEntry(sums, count)
            : throw GgufMetadata.Error(file, $"importance of '{name}': a negative sum or one that is no number");
}
