using System.Collections.Frozen;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Export;

namespace GemmaSharp.Model.InPlace;

/// <summary>What matrices become while they are loaded, by the names of mistral.rs (formats.md 15) and of ggml.</summary>
/// <param name="Matrices">The type of most matrices.</param>
/// <param name="Tables">The type of the embedding table and of the head, which bear less.</param>
public sealed record InPlaceType(WeightType Matrices, WeightType Tables)
{
    // Types that mistral.rs does not make.
    private static readonly FrozenDictionary<string, WeightType> More = new Dictionary<string, WeightType>
    {
        ["iq4_nl"] = WeightType.IQ4_NL, ["iq4_xs"] = WeightType.IQ4_XS, ["mxfp4"] = WeightType.MXFP4,
    }.ToFrozenDictionary();

    /// <summary>The type of that name, in any case.</summary>
    /// <exception cref="ArgumentException">No such type, or one that is not made here.</exception>
    public static InPlaceType Parse(string name)
    {
        string wanted = name.ToLowerInvariant();
        WeightType? type = MistralTypes.Find(wanted) ?? (More.TryGetValue(wanted, out WeightType other) ? other : null);
        return type is WeightType known ? new InPlaceType(known, MistralTypes.Promote(known)) : throw new ArgumentException(
            $"quantisation at load: {(MistralTypes.IsForeign(wanted) ? $"mistral.rs's {wanted} is not made here" : $"no type is named '{name}'")}; one of {string.Join(", ", MistralTypes.Spellings.Concat(More.Keys).Order(StringComparer.Ordinal))} expected");
    }
}
