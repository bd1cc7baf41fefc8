namespace GemmaSharp.Weights.Gguf;

/// <summary>Finds GGUF files in a folder: the model, and the projector that belongs beside it.</summary>
public static class GgufFolder
{
    private const string ProjectorMark = "mmproj";

    // The precisions a projector is published in; the first keeps a bfloat16 checkpoint exactly in half the room of the second.
    private static readonly string[] Precisions = ["bf16", "f32", "f16"];

    /// <summary>The only model of a folder; null where it holds none.</summary>
    /// <exception cref="WeightException">It holds several.</exception>
    public static string? FindModel(string folder)
    {
        string[] models = [.. Files(folder).Where(file => !IsProjector(file) && !GgufSplit.IsLaterPart(file))];
        return models.Length <= 1
            ? models.FirstOrDefault()
            : throw new WeightException($"{folder}: holds {models.Length} models: {string.Join(", ", models.Select(Path.GetFileName))}; name one");
    }

    /// <summary>The projectors beside a model, those of better precision first.</summary>
    public static IEnumerable<string> FindProjectors(string model) => Files(Path.GetDirectoryName(Path.GetFullPath(model)) ?? ".")
        .Where(IsProjector)
        .OrderBy(Rank)
        .ThenBy(file => file, StringComparer.Ordinal);

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*.gguf").Order(StringComparer.Ordinal);

    private static bool IsProjector(string file) => Path.GetFileName(file).Contains(ProjectorMark, StringComparison.OrdinalIgnoreCase);

    private static int Rank(string file)
    {
        int rank = Array.FindIndex(Precisions, precision => Path.GetFileName(file).Contains(precision, StringComparison.OrdinalIgnoreCase));
        return rank < 0 ? Precisions.Length : rank;
    }
}
