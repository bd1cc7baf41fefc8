using System.Text.Json.Nodes;
using GemmaSharp.Loading;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Diagnostics;

/// <summary>The nested models that the table beside a model lists.</summary>
internal static class SliceFacts
{
    public static void AddTo(JsonObject facts, string folder)
    {
        if (ModelSlices.Beside(folder) is string path)
        {
            MatFormerTable table = MatFormerTable.Read(path);
            facts["slices"] = Inspection.List(table.Names, name => Row(table.Find(name)));
        }
    }

    private static JsonObject Row(MatFormerSlice slice) => new()
    {
        ["name"] = slice.Name,
        ["layers"] = slice.IntermediateSizes.Count,
        ["effective_billions"] = slice.EffectiveBillions,
        ["accuracy"] = slice.Accuracy.Length > 0 ? slice.Accuracy : null,
        ["intermediate_size"] = Inspection.List(slice.IntermediateSizes, width => width),
        ["layers_skipped"] = Inspection.List(slice.SkippedLayers, layer => layer),
    };
}
