using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.MatFormer;

/// <summary>All slices of one model: those of its table by name, any other by its words (<see cref="SliceSpec"/>).</summary>
/// <param name="parent">The whole model.</param>
/// <param name="table">Its table, or null.</param>
/// <param name="model">What the model is called, for messages.</param>
public sealed class SliceCatalog(TextConfig parent, MatFormerTable? table, string model)
{
    /// <summary>The whole model as a slice of itself.</summary>
    public SlicePlan Whole => SlicePlan.Create(parent, new MatFormerSlice("(whole model)", parent.IntermediateSizes, []), "slice");

    /// <summary>The table; null where the model has none.</summary>
    public MatFormerTable? Table => table;

    /// <summary>Names of the table, in its order.</summary>
    public IReadOnlyList<string> Names => table?.Names ?? [];

    /// <summary>The slices of the table that fit the model, and the model where it is none of them.</summary>
    public IEnumerable<SlicePlan> Fitting()
    {
        List<SlicePlan> plans = [];
        foreach (string name in Names)
        {
            try
            {
                plans.Add(Find(name));
            }
            catch (InvalidDataException)
            {
                // Said when somebody asks for that slice.
            }
        }

        return plans.Any(plan => plan.IsWhole) ? plans : plans.Prepend(Whole);
    }

    /// <summary>A slice, checked against the model.</summary>
    /// <param name="text">A name of the table, exactly, or a slice in words.</param>
    /// <exception cref="InvalidDataException">No such name, malformed words, or a slice that does not fit; one line says why.</exception>
    public SlicePlan Find(string text)
    {
        if (SliceSpec.IsOne(text) && !Names.Contains(text))
        {
            return SlicePlan.Create(parent, SliceSpec.Parse(text, parent), "slice");
        }

        return table is null
            ? throw new InvalidDataException(
                $"slice '{text}': {model} has no table of slices beside it and is not the published E4B; name a table, or write the slice in words like {SliceSpec.Example}")
            : SlicePlan.Create(parent, table.Find(text), table.Path);
    }
}
