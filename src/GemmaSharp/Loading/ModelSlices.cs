using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Loading;

/// <summary>Finds the slices of a model: in the table given, beside the model, or of the published model.</summary>
internal static class ModelSlices
{
    /// <summary>A slice in words, for help.</summary>
    public const string Example = SliceSpec.Example;

    private static readonly string[] TableNames = ["slices.csv", "slices.json"];

    /// <summary>The slice that the options ask for, checked against the model; null where the whole model is wanted.</summary>
    /// <exception cref="ArgumentException">The options contradict one another.</exception>
    /// <exception cref="InvalidDataException">No table, no such slice, or one that does not fit.</exception>
    public static SlicePlan? Find(string modelPath, TextConfig config, EngineOptions options)
    {
        if (options.Slice is not null && options.EffectiveParameters is not null)
        {
            throw new ArgumentException($"the slice '{options.Slice}' and a number of effective parameters both choose a slice, one expected");
        }

        return options.Slice is string name ? Catalog(modelPath, config, options.MatFormerTable).Find(name)
            : options.EffectiveParameters is long most ? SliceMix.Largest(Catalog(modelPath, config, options.MatFormerTable), most)
            : null;
    }

    /// <summary>The slices of a model.</summary>
    /// <param name="modelPath">Its folder or file.</param>
    /// <param name="config">Its config.</param>
    /// <param name="table">A table to take; null for the one beside the model, or of the published E4B.</param>
    /// <exception cref="InvalidDataException">The table cannot be read.</exception>
    public static SliceCatalog Catalog(string modelPath, TextConfig config, string? table)
    {
        MatFormerTable? found = (table ?? Beside(modelPath)) is string path ? MatFormerTable.Read(path) : PublishedSlices.Fit(config) ? PublishedSlices.Read() : null;
        return new SliceCatalog(config, found, modelPath);
    }

    /// <summary>The table that lies beside a model; null where there is none.</summary>
    /// <param name="modelPath">Its folder or file.</param>
    public static string? Beside(string modelPath)
    {
        string folder = (Directory.Exists(modelPath) ? modelPath : Path.GetDirectoryName(modelPath)) ?? "";
        return TableNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
