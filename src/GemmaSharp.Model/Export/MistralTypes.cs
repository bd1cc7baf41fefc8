using System.Collections.Frozen;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Export;

/// <summary>The types of quantisation by mistral.rs's names, and which tensors get better ones (formats.md 15).</summary>
public static class MistralTypes
{
    private static readonly FrozenDictionary<string, WeightType> Types = new Dictionary<string, WeightType>
    {
        ["2"] = WeightType.Q2_K, ["3"] = WeightType.Q3_K, ["4"] = WeightType.Q4_K, ["5"] = WeightType.Q5_K, ["6"] = WeightType.Q6_K, ["8"] = WeightType.Q8_0,
        ["q4_0"] = WeightType.Q4_0, ["q4_1"] = WeightType.Q4_1, ["q5_0"] = WeightType.Q5_0, ["q5_1"] = WeightType.Q5_1, ["q8_0"] = WeightType.Q8_0,
        ["q2k"] = WeightType.Q2_K, ["q3k"] = WeightType.Q3_K, ["q4k"] = WeightType.Q4_K, ["q5k"] = WeightType.Q5_K, ["q6k"] = WeightType.Q6_K,
        ["q2_k"] = WeightType.Q2_K, ["q3_k"] = WeightType.Q3_K, ["q4_k"] = WeightType.Q4_K, ["q5_k"] = WeightType.Q5_K, ["q6_k"] = WeightType.Q6_K,
    }.ToFrozenDictionary();

    // Activation types, and formats that mistral.rs keeps for other hardware or decodes before it multiplies.
    private static readonly FrozenSet<string> Foreign = ["q8_1", "q8k", "q8_k", "hqq4", "hqq8", "fp8", "f8e4m3", "f8q8", "afq2", "afq3", "afq4", "afq6", "afq8"];

    /// <summary>The spellings that are known, in small letters.</summary>
    public static IEnumerable<string> Spellings => Types.Keys;

    /// <summary>The type of a spelling in small letters, mistral.rs's or ggml's, or null.</summary>
    public static WeightType? Find(string spelling) => Types.TryGetValue(spelling, out WeightType type) ? type : null;

    /// <summary>Whether mistral.rs makes a type of that name and this program does not.</summary>
    public static bool IsForeign(string spelling) => Foreign.Contains(spelling);

    /// <summary>A type's name as mistral.rs writes it.</summary>
    public static string NameOf(WeightType type) => type.ToString().ToLowerInvariant().Replace("_k", "k", StringComparison.Ordinal);

    /// <summary>The type of embedding tables and head, which bear less, where other matrices get <paramref name="type"/>.</summary>
    public static WeightType Promote(WeightType type) => type switch
    {
        WeightType.Q2_K or WeightType.Q3_K or WeightType.Q4_K or WeightType.Q4_0 or WeightType.Q4_1 or WeightType.IQ4_NL or WeightType.IQ4_XS => WeightType.Q6_K,
        WeightType.Q5_K or WeightType.Q6_K or WeightType.Q5_0 or WeightType.Q5_1 or WeightType.Q8_0 => WeightType.Q8_0,
        _ => type,
    };
}
