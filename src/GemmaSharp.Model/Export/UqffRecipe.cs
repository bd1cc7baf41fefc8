using System.Collections.Frozen;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Export;

/// <summary>
/// What the layers of a UQFF file become, as mistral.rs chooses it (formats.md 15): one type for all but embedding tables and head, which
/// get more bits, and types of smaller blocks where rows are no whole ones.
/// </summary>
/// <param name="Main">The type of most layers.</param>
public sealed record UqffRecipe(WeightType Main)
{
    private static readonly FrozenDictionary<string, WeightType> Types = new Dictionary<string, WeightType>
    {
        ["f32"] = WeightType.F32, ["f16"] = WeightType.F16, ["bf16"] = WeightType.BF16,
        ["q4_0"] = WeightType.Q4_0, ["q4_1"] = WeightType.Q4_1, ["q5_0"] = WeightType.Q5_0, ["q5_1"] = WeightType.Q5_1, ["q8_0"] = WeightType.Q8_0,
        ["q2k"] = WeightType.Q2_K, ["q3k"] = WeightType.Q3_K, ["q4k"] = WeightType.Q4_K, ["q5k"] = WeightType.Q5_K, ["q6k"] = WeightType.Q6_K,
        ["2"] = WeightType.Q2_K, ["3"] = WeightType.Q3_K, ["4"] = WeightType.Q4_K, ["5"] = WeightType.Q5_K, ["6"] = WeightType.Q6_K, ["8"] = WeightType.Q8_0,
    }.ToFrozenDictionary();

    // Formats of UQFF files that are read, not written.
    private static readonly FrozenSet<string> OnlyRead =
        ["q8_1", "q8k", "hqq4", "hqq8", "fp8", "f8e4m3", "f8q8", "afq2", "afq3", "afq4", "afq6", "afq8", "mxfp4"];

    /// <summary>The names of the types, without the numbers that stand for them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Types.Values.Distinct().Order().Select(NameOf)];

    /// <summary>Types wanted for some layers, by key; null, or null for a layer, leaves the choice to the recipe.</summary>
    public Func<string, WeightType?>? Chosen { get; init; }

    /// <summary>The recipe of a type's name in mistral.rs's spelling or ggml's, in any case: q4k, Q4_K, 4.</summary>
    /// <exception cref="ArgumentException">No such type, or one that is not written.</exception>
    public static UqffRecipe Parse(string name)
    {
        string wanted = name.ToLowerInvariant();
        wanted = wanted.EndsWith("_k", StringComparison.Ordinal) ? string.Concat(wanted.AsSpan(0, wanted.Length - 2), "k") : wanted;
        return Types.TryGetValue(wanted, out WeightType type)
            ? new UqffRecipe(type)
            : throw new ArgumentException($"UQFF: {(OnlyRead.Contains(wanted) ? $"{wanted} is read, not written" : $"no type is named '{name}'")}; one of {string.Join(", ", Names)} expected");
    }

    /// <summary>A type's name in mistral.rs's spelling.</summary>
    public static string NameOf(WeightType type) => type.ToString().ToLowerInvariant().Replace("_k", "k", StringComparison.Ordinal);

    /// <summary>The type that a layer is to have.</summary>
    internal WeightType Wanted(string key) => Chosen?.Invoke(key) ?? (IsTable(key) ? Promoted() : Main);

    /// <summary>The type wanted, one of smaller blocks, or null where no blocks fit.</summary>
    internal static WeightType? Fit(WeightType wanted, long columns)
    {
        WeightType smaller = wanted switch
        {
            WeightType.Q2_K or WeightType.Q3_K => WeightType.Q4_0,
            WeightType.Q4_K => WeightType.Q4_1,
            WeightType.Q5_K => WeightType.Q5_0,
            WeightType.Q6_K => WeightType.Q5_1,
            _ => wanted,
        };
        return columns % WeightTypes.BlockLength(wanted) == 0 ? wanted : columns % WeightTypes.BlockLength(smaller) == 0 ? smaller : null;
    }

    private static bool IsTable(string key) =>
        key is "lm_head" || key.EndsWith(".embed_tokens", StringComparison.Ordinal) || key.EndsWith(".embed_tokens_per_layer", StringComparison.Ordinal);

    private WeightType Promoted() => Main switch
    {
        WeightType.Q2_K or WeightType.Q3_K or WeightType.Q4_K or WeightType.Q4_0 or WeightType.Q4_1 => WeightType.Q6_K,
        WeightType.Q5_K or WeightType.Q6_K or WeightType.Q5_0 or WeightType.Q5_1 or WeightType.Q8_0 => WeightType.Q8_0,
        _ => Main,
    };
}
