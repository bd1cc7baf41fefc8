using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Loading;

/// <summary>Finds the slice that a caller names, in the table given, beside the model, or of the published model.</summary>
internal static class ModelSlices
{
    private const string TableName = "slices.csv";

    /// <summary>The slice, checked against the model; null where the whole model is wanted.</summary>
    /// <exception cref="ArgumentException">A table is given but no slice.</exception>
    /// <exception cref="InvalidDataException">No table, no such slice, or one that does not fit.</exception>
    public static SlicePlan? Find(string modelPath, TextConfig config, EngineOptions options)
    {
        if (options.Slice is not string name)
        {
            return options.MatFormerTable is null ? null : throw new ArgumentException($"{options.MatFormerTable}: a table of slices is given, the name of a slice is expected too");
        }

        string beside = Path.Combine((Directory.Exists(modelPath) ? modelPath : Path.GetDirectoryName(modelPath)) ?? "", TableName);
        MatFormerTable table = options.MatFormerTable is string path ? MatFormerTable.Read(path)
            : File.Exists(beside) ? MatFormerTable.Read(beside)
            : PublishedSlices.Fit(config) ? PublishedSlices.Read()
            : throw new InvalidDataException($"slice '{name}': {modelPath} has no {TableName} beside it and is not the published E4B; name a table of slices");
        return SlicePlan.Create(config, table.Find(name), table.Path);
    }
}
