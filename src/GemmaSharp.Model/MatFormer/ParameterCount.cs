using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;

namespace GemmaSharp.Model.MatFormer;

/// <summary>How many weights a decoder has.</summary>
/// <param name="Effective">Those that compute: all but the two embedding tables, which only give rows (text.md 13.2).</param>
/// <param name="Total">All.</param>
public readonly record struct ParameterCount(long Effective, long Total)
{
    private static readonly string[] Tables = ["token_embd.weight", "per_layer_token_embd.weight"];

    /// <summary>Of the decoder with that config, every layer counted with keys and values of its own, as checkpoints have them.</summary>
    public static ParameterCount Of(TextConfig config)
    {
        long effective = 0, tables = 0;
        foreach ((string name, long[] shape) in TextShapes.Of(config))
        {
            long count = shape.Aggregate(1L, (product, size) => checked(product * size));
            effective += Tables.Contains(name) ? 0 : count;
            tables += Tables.Contains(name) ? count : 0;
        }

        return new ParameterCount(effective, effective + tables);
    }
}
