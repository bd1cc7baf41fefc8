using GemmaSharp.Model.Export;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Conversion;

/// <summary>The model card of a UQFF folder.</summary>
internal static class UqffCard
{
    public const string FileName = "README.md";

    /// <param name="name">What the model is called.</param>
    /// <param name="recipe">What its layers are.</param>
    /// <param name="shards">The names of its shards.</param>
    public static string Make(string name, UqffRecipe recipe, IReadOnlyList<string> shards) => $"""
        ---
        tags:
        - uqff
        - gemma3n
        ---

        # {name.ReplaceLineEndings(" ")}, UQFF {recipe.Name}

        Made by GemmaSharp: UQFF {UqffWriter.Version}, most layers {recipe.Name}; {UqffReport.FileName} says what became of each.

        ```
        gemmasharp run -m FOLDER
        mistralrs run -m FOLDER --from-uqff {shards[0]}
        ```

        """;
}
