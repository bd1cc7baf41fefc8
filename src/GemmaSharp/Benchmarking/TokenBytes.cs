using GemmaSharp.Loading;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;

namespace GemmaSharp.Benchmarking;

/// <summary>
/// Bytes of weights, as they are stored, that one decoded token needs: all of the decoder, of the per-layer table and of a table that is
/// not the head one row. Exact zeros that kernels skip count; keys and values do not.
/// </summary>
internal static class TokenBytes
{
    /// <summary>The same of a slice inside a loaded model.</summary>
    public static long Of(GemmaEngine engine, string slice) => slice == EngineSlices.Whole
        ? Of(engine.Weights, [.. engine.UnusedTensors])
        : Of(new SlicedWeights(engine.Weights, engine.Slices.Plan(slice)), [.. engine.UnusedTensors]);

    public static long Of(IWeightSource source, IReadOnlyCollection<string> unused)
    {
        bool isTied = !source.Entries.Any(entry => Place(entry) == "output.weight");
        return source.Entries.Where(entry => !unused.Contains(entry.Name)).Sum(entry => Place(entry) switch
        {
            null => 0,
            "per_layer_token_embd.weight" => entry.ByteCount / entry.Shape[0],
            "token_embd.weight" when !isTied => entry.ByteCount / entry.Shape[0],
            string name when name.StartsWith("v.", StringComparison.Ordinal) || name.StartsWith("a.", StringComparison.Ordinal) || name.StartsWith("mm.", StringComparison.Ordinal) => 0,
            _ => entry.ByteCount,
        });
    }

    private static string? Place(WeightEntry entry) => GgufNames.ToGguf(entry.Name)?.Name;
}
