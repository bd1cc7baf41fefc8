using GemmaSharp.Kernels.Quantizers;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Export;

/// <summary>A mix of types as llama-quantize makes it (formats.md 9): most matrices get its main type, some of them more bits.</summary>
/// <param name="Name">Q4_K_M and so on.</param>
/// <param name="Main">The type of most matrices.</param>
/// <param name="FileType">Its number in general.file_type.</param>
public sealed record QuantizationRecipe(string Name, WeightType Main, int FileType)
{
    private const int ManyQueriesPerKey = 4; // values this small are worth more bits

    /// <summary>The mixes that can be made.</summary>
    public static IReadOnlyList<QuantizationRecipe> All { get; } =
    [
        new("F32", WeightType.F32, 0), new("F16", WeightType.F16, 1), new("BF16", WeightType.BF16, 32),
        new("Q4_0", WeightType.Q4_0, 2), new("Q4_1", WeightType.Q4_1, 3), new("Q5_0", WeightType.Q5_0, 8), new("Q5_1", WeightType.Q5_1, 9), new("Q8_0", WeightType.Q8_0, 7),
        new("Q2_K", WeightType.Q2_K, 10),
        new("Q3_K_S", WeightType.Q3_K, 11), new("Q3_K_M", WeightType.Q3_K, 12), new("Q3_K_L", WeightType.Q3_K, 13),
        new("Q4_K_S", WeightType.Q4_K, 14), new("Q4_K_M", WeightType.Q4_K, 15),
        new("Q5_K_S", WeightType.Q5_K, 16), new("Q5_K_M", WeightType.Q5_K, 17), new("Q6_K", WeightType.Q6_K, 18),
        new("IQ4_NL", WeightType.IQ4_NL, 25), new("IQ4_XS", WeightType.IQ4_XS, 30),
        new("TQ1_0", WeightType.TQ1_0, 36), new("TQ2_0", WeightType.TQ2_0, 37),
        new("MXFP4", WeightType.MXFP4, 38), new("MXFP4_MOE", WeightType.Q8_0, 38), // of a model without experts nothing is left for MXFP4
    ];

    private bool IsFloat => WeightTypes.BlockLength(Main) == 1;

    /// <summary>The mix of that name, in any case; Q3_K, Q4_K and Q5_K stand for their _M.</summary>
    /// <exception cref="ArgumentException">No such mix.</exception>
    public static QuantizationRecipe Parse(string name)
    {
        string wanted = name.ToUpperInvariant();
        wanted = wanted is "Q3_K" or "Q4_K" or "Q5_K" ? $"{wanted}_M" : wanted;
        return All.FirstOrDefault(recipe => recipe.Name == wanted) ?? throw new ArgumentException(
            Enum.TryParse(wanted, out WeightType type) && !Quantize.CanWrite(type)
                ? $"{wanted} is read, not written; one of {string.Join(", ", All.Select(recipe => recipe.Name))} expected"
                : $"the type is '{name}', one of {string.Join(", ", All.Select(recipe => recipe.Name))} expected");
    }

    /// <summary>The type of a matrix.</summary>
    internal WeightType TypeOf(MatrixPlace place) => IsFloat ? Main : place.Kind switch
    {
        MatrixKind.Head => HeadType(place.Columns),
        MatrixKind.Table => Main is WeightType.TQ1_0 or WeightType.TQ2_0 ? WeightType.Q4_K : Main,
        MatrixKind.Value => ValueType(place),
        MatrixKind.Output => OutputType(),
        MatrixKind.Down => DownType(place),
        _ => Main,
    };

    // Tables that are the head too count as the head.
    private WeightType HeadType(long columns) =>
        Main is WeightType.Q8_0 or WeightType.MXFP4 || columns % WeightTypes.BlockLength(Main) != 0 ? WeightType.Q8_0 : WeightType.Q6_K;

    private WeightType ValueType(MatrixPlace place) => Name switch
    {
        "Q2_K" => place.QueriesPerKey >= ManyQueriesPerKey ? WeightType.Q4_K : WeightType.Q3_K,
        "Q3_K_M" => place.Layer < 2 ? WeightType.Q5_K : WeightType.Q4_K,
        "Q3_K_L" => WeightType.Q5_K,
        "Q4_K_S" when place.Layer < 4 => WeightType.Q5_K,
        "Q4_K_M" or "Q5_K_M" when place.IsSensitive => WeightType.Q6_K,
        "IQ4_NL" or "IQ4_XS" when place.QueriesPerKey >= ManyQueriesPerKey => WeightType.Q5_K,
        _ => Main,
    };

    private WeightType OutputType() => Name switch
    {
        "Q2_K" => WeightType.Q3_K,
        "Q3_K_M" => WeightType.Q4_K,
        "Q3_K_L" => WeightType.Q5_K,
        _ => Main,
    };

    private WeightType DownType(MatrixPlace place) => Name switch
    {
        "Q2_K" => WeightType.Q3_K,
        "Q3_K_M" => place.Layer < place.Layers / 16 ? WeightType.Q5_K : WeightType.Q4_K,
        "Q3_K_L" => WeightType.Q5_K,
        "Q4_K_S" when place.IsEarly => WeightType.Q5_K,
        "Q4_K_M" or "Q5_K_M" when place.IsSensitive => WeightType.Q6_K,
        "IQ4_NL" or "IQ4_XS" when place.IsEarly && !place.HasImportance => WeightType.Q5_K,
        "Q4_0" when place.IsEarly && place.HasImportance => WeightType.Q4_1,
        "Q5_0" when place.IsEarly && place.HasImportance => WeightType.Q5_1,
        _ => Main,
    };
}
