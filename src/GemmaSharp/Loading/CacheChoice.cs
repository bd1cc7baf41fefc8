using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;

namespace GemmaSharp.Loading;

/// <summary>How the keys and values of a model's conversations are stored.</summary>
internal static class CacheChoice
{
    /// <summary>The type asked for, or F16 where weights are quantised: their rounding is far above that of a half.</summary>
    /// <param name="wanted">f32, f16, bf16, q8_0 or null.</param>
    /// <param name="weights">The checkpoint as it is computed with.</param>
    /// <exception cref="ArgumentException">No such type.</exception>
    public static CacheType Of(string? wanted, IWeightSource weights) => wanted?.ToUpperInvariant() switch
    {
        null => weights.Entries.Any(IsQuantized) ? CacheType.F16 : CacheType.F32,
        "F32" => CacheType.F32,
        "F16" => CacheType.F16,
        "BF16" => CacheType.BF16,
        "Q8_0" => CacheType.Q8_0,
        _ => throw new ArgumentException($"a cache of type '{wanted}', f32, f16, bf16 or q8_0 expected"),
    };

    private static bool IsQuantized(WeightEntry entry) =>
        WeightTypes.Parse(entry.TypeName) is WeightType type && (WeightTypes.BlockLength(type) > 1 || WeightTypes.BlockRows(type) > 1);
}
