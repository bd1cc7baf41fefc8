using GemmaSharp.Benchmarking;

namespace GemmaSharp.Loading;

/// <summary>Slices of a model from the whole down to the smallest, by the bytes of weights that a token of theirs reads.</summary>
internal static class SliceLadder
{
    /// <summary>Names; the whole alone where the model has no table.</summary>
    /// <param name="engine">The model.</param>
    /// <param name="most">Rungs at most, spread evenly: every change of slice costs the caches of conversations.</param>
    public static IReadOnlyList<string> Of(GemmaEngine engine, int most)
    {
        long whole = TokenBytes.Of(engine, EngineSlices.Whole);
        string[] smaller =
        [
            .. engine.SliceNames.Where(engine.HasSlice).Select(name => (Name: name, Bytes: TokenBytes.Of(engine, name)))
                .Where(slice => slice.Bytes < whole).OrderByDescending(slice => slice.Bytes).Select(slice => slice.Name),
        ];
        int rungs = int.Min(most - 1, smaller.Length);
        return [EngineSlices.Whole, .. Enumerable.Range(1, rungs).Select(rung => smaller[(rung * smaller.Length / rungs) - 1])];
    }
}
