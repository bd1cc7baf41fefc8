using System.Collections.Frozen;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Export;

namespace GemmaSharp.Model.InPlace;

/// <summary>What matrices become while they are loaded, by the names of mistral.rs (formats.md 15) and of ggml.</summary>
/// <param name="Matrices">The type of most matrices.</param>
/// <param name="Tables">The type of the embedding table and of the head, which bear less.</param>
/// <param name="Encoders">The type of the large matrices of the image and audio encoders.</param>
public sealed record InPlaceType(WeightType? Matrices, WeightType? Tables, WeightType? Encoders = null)
{
    // Q8_0 moves the rows of a picture by 2.5 % of their length and those of a clip by 1.1 % (made-up weights of real shape); four bits err 16 times as far.
    private const WeightType OnlyEncoderType = WeightType.Q8_0;

    // Types that mistral.rs does not make.
    private static readonly FrozenDictionary<string, WeightType> More = new Dictionary<string, WeightType>
    {
        ["iq4_nl"] = WeightType.IQ4_NL, ["iq4_xs"] = WeightType.IQ4_XS, ["mxfp4"] = WeightType.MXFP4,
    }.ToFrozenDictionary();

    /// <summary>Types for the decoder and for the encoders; a part without a name stays as it is stored, null where both do.</summary>
    /// <exception cref="ArgumentException">No such type, or one that is not made here.</exception>
    public static InPlaceType? Parse(string? decoder, string? encoders)
    {
        if (encoders is null)
        {
            return decoder is null ? null : Parse(decoder);
        }

        return Enum.TryParse(encoders, ignoreCase: true, out WeightType type) && type == OnlyEncoderType
            ? (decoder is null ? new InPlaceType(null, null) : Parse(decoder)) with { Encoders = type }
            : throw new ArgumentException($"quantisation of the encoders at load: '{encoders}' found, q8_0 expected");
    }

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
