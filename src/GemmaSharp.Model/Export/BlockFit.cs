using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Export;

/// <summary>The type for rows that are no whole blocks of the one wanted: that of smaller blocks which llama.cpp takes (formats.md 9.1).</summary>
internal static class BlockFit
{
    /// <summary>The type wanted, the next of smaller blocks, or null where no blocks fit.</summary>
    /// <param name="type">The type wanted.</param>
    /// <param name="columns">Weights in a row.</param>
    public static WeightType? Choose(WeightType type, long columns)
    {
        WeightType smaller = type switch
        {
            WeightType.Q2_K or WeightType.Q3_K or WeightType.TQ1_0 or WeightType.TQ2_0 => WeightType.Q4_0,
            WeightType.Q4_K => WeightType.Q5_0,
            WeightType.Q5_K => WeightType.Q5_1,
            WeightType.Q6_K => WeightType.Q8_0,
            WeightType.IQ4_XS => WeightType.IQ4_NL,
            _ => type,
        };
        return columns % WeightTypes.BlockLength(type) == 0 ? type : columns % WeightTypes.BlockLength(smaller) == 0 ? smaller : null;
    }
}
