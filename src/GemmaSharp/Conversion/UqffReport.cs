using System.Text.Json.Nodes;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Conversion;

/// <summary>uqff_report.json: what every layer was to become and became (formats.md 13.5).</summary>
internal static class UqffReport
{
    public const string FileName = "uqff_report.json";
    private const int Schema = 1;
    private const string Unquantised = "unquant";
    private const string NotKnown = "unknown";

    public static byte[] Make(UqffExport export, UqffRecipe recipe, IReadOnlyList<string> shards)
    {
        UqffLayerPlan[] fallbacks = [.. export.Layers.Where(layer => layer.IsLeftAsItIs)];
        JsonObject counts = [];
        foreach ((string stored, int count) in export.Layers.CountBy(Stored).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            counts.Add(stored, count);
        }

        return UqffSideFiles.JsonBytes(new JsonObject
        {
            ["schema"] = Schema,
            ["generated_by"] = new JsonObject { ["tool"] = "gemmasharp", ["mistralrs_version"] = NotKnown, ["git_revision"] = NotKnown },
            ["base_model"] = null,
            ["repo_id"] = null,
            ["uqff_version"] = UqffWriter.Version,
            ["outputs"] = new JsonArray(new JsonObject
            {
                ["quant"] = recipe.Name,
                ["shards"] = new JsonArray([.. shards.Select(shard => (JsonNode)shard)]),
                ["layers"] = export.Layers.Count,
                ["actual_counts"] = counts,
                ["fallback_count"] = fallbacks.Length,
                ["fallbacks"] = new JsonArray([.. fallbacks.Select(layer => (JsonNode)Fallback(layer))]),
                ["layer_details"] = new JsonArray([.. export.Layers.Select(layer => (JsonNode)Details(layer, recipe))]),
            }),
        });
    }

    private static string Stored(UqffLayerPlan layer) => WeightTypes.BlockLength(layer.Tensor.Type) > 1 ? MistralTypes.NameOf(layer.Tensor.Type) : Unquantised;

    private static JsonObject Fallback(UqffLayerPlan layer) => new JsonObject
    {
        ["module"] = layer.Key,
        ["from"] = MistralTypes.NameOf(layer.Wanted),
        ["to"] = Unquantised,
        ["shape"] = Shape(layer),
        ["reason"] = $"last dim is not divisible by block size {WeightTypes.BlockLength(layer.Wanted)}",
    };

    private static JsonObject Details(UqffLayerPlan layer, UqffRecipe recipe) => new JsonObject
    {
        ["module"] = layer.Key,
        ["default_target"] = recipe.Name,
        ["resolved_target"] = MistralTypes.NameOf(layer.Wanted),
        ["stored"] = Stored(layer),
        ["shape"] = Shape(layer),
    };

    private static JsonArray Shape(UqffLayerPlan layer) => new([.. layer.Tensor.Shape.Select(size => (JsonNode)size)]);
}
