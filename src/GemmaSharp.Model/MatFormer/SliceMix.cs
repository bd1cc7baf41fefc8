using System.Globalization;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.MatFormer;

/// <summary>
/// Finds the largest slice below a number of parameters: the largest of the table that is not above it, in which layers are widened to what
/// the next larger slice with the same layers has, full-attention layers first, then the others from the first on, as many as fit. Every
/// layer so has a width that some slice of the table gives it.
/// </summary>
public static class SliceMix
{
    /// <summary>The slice.</summary>
    /// <param name="catalog">The model's slices.</param>
    /// <param name="most">Effective parameters at most.</param>
    /// <exception cref="InvalidDataException">Even the smallest has more.</exception>
    public static SlicePlan Largest(SliceCatalog catalog, long most)
    {
        SlicePlan[] plans = [.. catalog.Fitting().OrderBy(Effective)];
        SlicePlan? below = plans.LastOrDefault(plan => Effective(plan) <= most);
        if (below is null)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"no slice has at most {most} effective parameters: the smallest, '{plans[0].Name}', has {Effective(plans[0])}"));
        }

        SlicePlan? next = plans.FirstOrDefault(plan => Effective(plan) > most && Contains(plan, below));
        return next is null ? below : Mix(below, next, most);
    }

    private static SlicePlan Mix(SlicePlan below, SlicePlan next, long most)
    {
        int[] widths = [.. below.Config.IntermediateSizes];
        IEnumerable<int> order = Enumerable.Range(0, widths.Length).OrderBy(layer => below.Config.LayerKinds[layer] == LayerKind.Full ? 0 : 1);
        foreach (int layer in order.Where(layer => next.Config.IntermediateSizes[layer] > widths[layer]))
        {
            int narrow = widths[layer];
            widths[layer] = next.Config.IntermediateSizes[layer];
            if (ParameterCount.Of(below.Config with { IntermediateSizes = widths }).Effective > most)
            {
                widths[layer] = narrow;
            }
        }

        return widths.AsSpan().SequenceEqual([.. below.Config.IntermediateSizes])
            ? below
            : SlicePlan.Create(below.Parent, SliceSpec.Name(new MatFormerSlice("", widths, below.Slice.SkippedLayers)), "slice");
    }

    private static long Effective(SlicePlan plan) => ParameterCount.Of(plan.Config).Effective;

    private static bool Contains(SlicePlan large, SlicePlan small) => large.KeptLayers.SequenceEqual(small.KeptLayers)
        && large.Config.IntermediateSizes.Zip(small.Config.IntermediateSizes).All(pair => pair.First >= pair.Second);
}
