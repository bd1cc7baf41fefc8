using System.Text;
using System.Text.Json;
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
    /// <param name="options">What else is known of it.</param>
    public static string Make(string name, UqffRecipe recipe, IReadOnlyList<string> shards, UqffOptions options)
    {
        string type = UqffRecipe.NameOf(recipe.Main);
        StringBuilder card = new("---\ntags:\n- uqff\n- gemma3n\n");
        if (options.BaseModel is string origin)
        {
            card.Append("base_model: ").Append('"').Append(JsonEncodedText.Encode(origin)).Append('"').Append("\nbase_model_relation: quantized\n");
        }

        return card.Append("---\n\n").Append("# ").Append(name.ReplaceLineEndings(" ")).Append(", UQFF ").Append(type).Append("\n\n")
            .Append("Made by GemmaSharp: UQFF ").Append(UqffWriter.Version).Append(", most layers ").Append(type).Append("; ").Append(UqffReport.FileName)
            .Append(" says what became of each.\n\n```\ngemmasharp run -m FOLDER\nmistralrs run -m FOLDER --from-uqff ").Append(shards[0]).Append("\n```\n").ToString();
    }
}
