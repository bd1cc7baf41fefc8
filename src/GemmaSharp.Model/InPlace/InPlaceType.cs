using System.Collections.Frozen;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.InPlace;

/// <summary>What matrices become while they are loaded, by the names of mistral.rs (formats.md 15) and of ggml.</summary>
/// <param name="Matrices">The type of most matrices.</param>
/// <param name="Tables">The type of the embedding table and of the head, which bear less.</param>
public sealed record InPlaceType(WeightType Matrices, WeightType Tables)
{
    private static readonly FrozenDictionary<string, WeightType> Types = new Dictionary<string, WeightType>
    {
        ["2"] = WeightType.Q2_K, ["3"] = WeightType.Q3_K, ["4"] = WeightType.Q4_K, ["5"] = WeightType.Q5_K, ["6"] = WeightType.Q6_K, ["8"] = WeightType.Q8_0,
        ["q4_0"] = WeightType.Q4_0, ["q4_1"] = WeightType.Q4_1, ["q5_0"] = WeightType.Q5_0, ["q5_1"] = WeightType.Q5_1, ["q8_0"] = WeightType.Q8_0,
        ["q2k"] = WeightType.Q2_K, ["q3k"] = WeightType.Q3_K, ["q4k"] = WeightType.Q4_K, ["q5k"] = WeightType.Q5_K, ["q6k"] = WeightType.Q6_K,
        ["q2_k"] = WeightType.Q2_K, ["q3_k"] = WeightType.Q3_K, ["q4_k"] = WeightType.Q4_K, ["q5_k"] = WeightType.Q5_K, ["q6_k"] = WeightType.Q6_K,
        ["iq4_nl"] = WeightType.IQ4_NL, ["iq4_xs"] = WeightType.IQ4_XS, ["mxfp4"] = WeightType.MXFP4,
    }.ToFrozenDictionary();

    // Activation types, and formats that mistral.rs keeps for other hardware or decodes before it multiplies.
    private static readonly FrozenSet<string> Foreign = ["q8_1", "q8k", "hqq4", "hqq8", "fp8", "f8e4m3", "f8q8", "afq2", "afq3", "afq4", "afq6", "afq8"];

    /// <summary>The type of that name, in any case.</summary>
    /// <exception cref="ArgumentException">No such type, or one that is not made here.</exception>
    public static InPlaceType Parse(string name)
    {
        string wanted = name.ToLowerInvariant();
        return Types.TryGetValue(wanted, out WeightType type) ? new InPlaceType(type, Promote(type)) : throw new ArgumentException(
            $"quantisation at load: {(Foreign.Contains(wanted) ? $"mistral.rs's {wanted} is not made here" : $"no type is named '{name}'")}; one of {string.Join(", ", Types.Keys.Order(StringComparer.Ordinal))} expected");
    }

    private static WeightType Promote(WeightType type) => type switch
    {
        WeightType.Q2_K or WeightType.Q3_K or WeightType.Q4_K or WeightType.Q4_0 or WeightType.Q4_1 or WeightType.IQ4_NL or WeightType.IQ4_XS => WeightType.Q6_K,
        WeightType.Q5_K or WeightType.Q6_K or WeightType.Q5_0 or WeightType.Q5_1 or WeightType.Q8_0 => WeightType.Q8_0,
        _ => type,
    };
}
