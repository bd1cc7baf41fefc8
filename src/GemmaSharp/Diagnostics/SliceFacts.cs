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
            facts["slices"] = Inspection.List(table.Names, name => SliceReport.Row(table.Find(name)));
        }
    }
}
