using System.Collections.Concurrent;
using GemmaSharp.Model;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Loading;

/// <summary>What a request may ask of a loaded model: the whole, or any slice of it, made when it is first asked for and kept.</summary>
/// <param name="model">The model.</param>
/// <param name="catalog">Its slices; a table that cannot be read is told of when a slice is asked for.</param>
/// <param name="loaded">The slice that the model was loaded as, which is all there is of it; null for a whole one.</param>
internal sealed class EngineSlices(Gemma3nModel model, Lazy<SliceCatalog> catalog, string? loaded)
{
    /// <summary>The name of the whole model.</summary>
    public const string Whole = "whole";

    // Words may be any; those of long ago are parsed again.
    private const int MostKept = 64;
    private readonly ConcurrentDictionary<string, ModelSlice> _made = new(StringComparer.Ordinal);

    /// <summary>Names that may be asked for, beside slices in words.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            try
            {
                return loaded is null ? [Whole, .. catalog.Value.Names] : [Whole];
            }
            catch (InvalidDataException)
            {
                return [Whole];
            }
        }
    }

    /// <summary>A slice; one that leaves nothing out is the whole.</summary>
    /// <param name="text">A name, or a slice in words; null is the whole.</param>
    /// <exception cref="InvalidDataException">There is none, or it does not fit the model; one line says why.</exception>
    public ModelSlice Find(string? text)
    {
        if (text is null or Whole || text == loaded)
        {
            return model.Whole;
        }

        if (loaded is not null)
        {
            throw new InvalidDataException($"slice '{text}': the model is loaded as its slice '{loaded}' and has no others; load the whole to ask for any");
        }

        if (_made.TryGetValue(text, out ModelSlice? made))
        {
            return made;
        }

        if (_made.Count >= MostKept)
        {
            _made.Clear();
        }

        return _made.GetOrAdd(text, Make(Plan(text)));
    }

    /// <summary>What a slice keeps of the whole.</summary>
    /// <exception cref="InvalidDataException">There is none, or it does not fit the model.</exception>
    public SlicePlan Plan(string text) => catalog.Value.Find(text);

    private ModelSlice Make(SlicePlan plan) => plan.IsWhole ? model.Whole : model.Slice(plan);
}
