using System.Text.RegularExpressions;
using GemmaSharp.Kernels.Quantizers;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Export;

/// <summary>A type wanted for the matrices whose name has a pattern in it.</summary>
/// <param name="Pattern">A regular expression over names in GGUF.</param>
/// <param name="Type">The type.</param>
public sealed record TypeOverride(Regex Pattern, WeightType Type)
{
    /// <summary>Reads PATTERN=TYPE.</summary>
    /// <exception cref="ArgumentException">Not that, or a type that is not written.</exception>
    public static TypeOverride Parse(string text)
    {
        int sign = text.LastIndexOf('=');
        if (sign <= 0)
        {
            throw new ArgumentException($"'{text}': PATTERN=TYPE expected, such as attn_v=q8_0");
        }

        string name = text[(sign + 1)..].ToUpperInvariant();
        WeightType type = WeightTypes.Parse(name) is WeightType known && Quantize.CanWrite(known)
            ? known
            : throw new ArgumentException($"'{text}': the type is '{name}', one of {string.Join(", ", Enum.GetValues<WeightType>().Where(Quantize.CanWrite))} expected");
        try
        {
            return new TypeOverride(new Regex(text[..sign], RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase), type);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new ArgumentException($"'{text}': the pattern is no regular expression without look-around and back-references: {error.Message}", error);
        }
    }
}
