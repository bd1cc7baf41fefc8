using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Export;

/// <summary>The types that a conversion writes: names, the number of each in general.file_type, and what a tensor gets (formats.md 3.2).</summary>
public static class ExportTypes
{
    private static readonly (string Name, WeightType Type, int FileType)[] Known =
        [("f32", WeightType.F32, 0), ("f16", WeightType.F16, 1), ("bf16", WeightType.BF16, 32), ("q8_0", WeightType.Q8_0, 7)];

    /// <summary>Names to choose from; auto takes the checkpoint's own 16 bits.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(one => one.Name), "auto"];

    /// <summary>The type of that name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="source">For auto: its first tensor decides.</param>
    /// <exception cref="ArgumentException">No such name.</exception>
    public static WeightType Choose(string name, IWeightSource source)
    {
        if (name == "auto")
        {
            return source.Entries.Count > 0 && source.Entries[0].TypeName == nameof(WeightType.F16) ? WeightType.F16 : WeightType.BF16;
        }

        int index = Array.FindIndex(Known, one => one.Name == name);
        return index >= 0 ? Known[index].Type : throw new ArgumentException($"the output type is '{name}', one of {string.Join(", ", Names)} expected");
    }

    /// <summary>The number of a type in general.file_type.</summary>
    public static int FileType(WeightType type) => Array.Find(Known, one => one.Type == type).FileType;

    /// <summary>The type for a tensor that may be quantised: half precision where its rows are no whole blocks.</summary>
    internal static WeightType Fit(WeightType wanted, long columns) => columns % WeightTypes.BlockLength(wanted) == 0 ? wanted : WeightType.F16;
}
