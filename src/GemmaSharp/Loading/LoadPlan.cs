using System.Globalization;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Loading;

/// <summary>What is loaded of a model: the options with nothing left open that they asked to have chosen.</summary>
/// <param name="Options">The options to load with.</param>
/// <param name="Slice">The slice; null for the whole model.</param>
/// <param name="Notice">What was chosen, in one line; null where nothing was.</param>
internal sealed record LoadPlan(EngineOptions Options, SlicePlan? Slice, string? Notice)
{
    /// <summary>Chooses.</summary>
    /// <param name="path">The model's folder or file.</param>
    /// <param name="files">The model, whole.</param>
    /// <param name="options">What is wanted.</param>
    /// <exception cref="ArgumentException">The options contradict one another.</exception>
    /// <exception cref="InvalidDataException">No such slice, or one that does not fit.</exception>
    /// <exception cref="InsufficientMemoryException">Nothing of the model fits into the memory allowed.</exception>
    public static LoadPlan Make(string path, ModelFiles files, EngineOptions options)
    {
        SlicePlan? slice = ModelSlices.Find(path, files.Config.Text, options);
        if (options.MemoryLimit is long limit)
        {
            SliceCatalog catalog = ModelSlices.Catalog(path, files.Config.Text, options.MatFormerTable);
            return new MemoryChoice(files, options, limit).Make(slice is null ? catalog.Fitting() : [slice]);
        }

        string? notice = options.EffectiveParameters is null || slice is null ? null : string.Create(
            CultureInfo.InvariantCulture, $"taking {Named(slice)}, whose effective parameters are {ParameterCount.Of(slice.Config).Effective:N0}");
        return new LoadPlan(options, slice, notice);
    }

    /// <summary>A slice in a sentence.</summary>
    public static string Named(SlicePlan slice) => slice.IsWhole ? "the whole model" : $"the slice '{slice.Name}'";
}
