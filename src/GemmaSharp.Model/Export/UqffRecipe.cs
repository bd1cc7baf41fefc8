using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Names;

namespace GemmaSharp.Model.Export;

/// <summary>
/// What the layers of a UQFF file become, as mistral.rs chooses it (formats.md 15): one type for all but embedding tables and head, which
/// get more bits, and types of smaller blocks where rows are no whole ones.
/// </summary>
/// <param name="Main">The type of most layers.</param>
public sealed record UqffRecipe(WeightType Main)
{
    private static readonly WeightType[] Written =
    [
        WeightType.F32, WeightType.F16, WeightType.BF16, WeightType.Q4_0, WeightType.Q4_1, WeightType.Q5_0, WeightType.Q5_1, WeightType.Q8_0,
        WeightType.Q2_K, WeightType.Q3_K, WeightType.Q4_K, WeightType.Q5_K, WeightType.Q6_K,
    ];

    /// <summary>The names of the types that are written.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Written.Select(MistralTypes.NameOf)];

    /// <summary>The type's name in mistral.rs's spelling, with which the files' names begin.</summary>
    public string Name => MistralTypes.NameOf(Main);

    /// <summary>Types wanted by name, of the layer or of its place in GGUF; the last that matches counts.</summary>
    public IReadOnlyList<TypeOverride> Overrides { get; init; } = [];

    /// <summary>The recipe of a type's name in mistral.rs's spelling or ggml's, in any case: q4k, Q4_K, 4.</summary>
    /// <exception cref="ArgumentException">No such type, or one that is not written.</exception>
    public static UqffRecipe Parse(string name)
    {
        string wanted = name.ToLowerInvariant();
        return (MistralTypes.Find(wanted) ?? WeightTypes.Parse(wanted.ToUpperInvariant())) is WeightType type && Array.IndexOf(Written, type) >= 0
            ? new UqffRecipe(type)
            : throw new ArgumentException($"UQFF: {(MistralTypes.IsForeign(wanted) ? $"{wanted} is read, not written" : $"no type to write is named '{name}'")}; one of {string.Join(", ", Names)} expected");
    }

    /// <summary>Whether layers keep the type that they have, so that only <see cref="Name"/> tells of <see cref="Main"/>.</summary>
    public bool KeepsTypes { get; init; }

    /// <summary>The type that a layer is to have.</summary>
    internal WeightType Wanted(string key) => Overrides.LastOrDefault(one => Matches(one, key))?.Type ?? (IsTable(key) ? MistralTypes.Promote(Main) : Main);

    /// <summary>Whether an override is meant for a layer.</summary>
    internal static bool Matches(TypeOverride wanted, string key) =>
        wanted.Pattern.IsMatch(key) || (GgufNames.ToGguf(key + ".weight") is GgufName place && wanted.Pattern.IsMatch(place.Name));

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
}
