using System.Text.Json.Nodes;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Diagnostics;

/// <summary>Tensors of a checkpoint, one by one and in all.</summary>
internal static class WeightFacts
{
    public static void AddTo(JsonObject facts, IWeightSource source)
    {
        facts["weights"] = Totals(source);
        if (source.Metadata.Count > 0)
        {
            facts["metadata"] = new JsonObject(source.Metadata.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        }

        facts["types"] = Inspection.List(source.Entries.GroupBy(entry => entry.TypeName).OrderByDescending(type => type.Sum(entry => entry.ByteCount)), Type);
        facts["tensors"] = Inspection.List(source.Entries, Tensor);
    }

    /// <summary>What the tensors of a file come to.</summary>
    public static JsonObject Totals(IWeightSource source) => new()
    {
        ["file"] = source.Path,
        ["format"] = Format(source),
        ["files"] = Inspection.List(source.Entries.Select(entry => Path.GetFileName(entry.File)).Distinct(), name => name),
        ["tensors"] = source.Entries.Count,
        ["parameters"] = source.Entries.Sum(Parameters),
        ["bytes"] = source.Entries.Sum(entry => entry.ByteCount),
    };

    private static string Format(IWeightSource source) => source switch
    {
        GgufFile file => $"GGUF v{file.Version}",
        UqffFile => "UQFF",
        SlicedWeights => "a slice of it",
        _ => "safetensors",
    };

    private static JsonObject Type(IGrouping<string, WeightEntry> type) => new()
    {
        ["type"] = type.Key,
        ["tensors"] = type.Count(),
        ["parameters"] = type.Sum(Parameters),
        ["bytes"] = type.Sum(entry => entry.ByteCount),
    };

    private static JsonObject Tensor(WeightEntry entry) => new()
    {
        ["name"] = entry.Name,
        ["type"] = entry.TypeName,
        ["shape"] = Inspection.List(entry.Shape, size => size),
        ["bytes"] = entry.ByteCount,
    };

    // A shape with a 0 in it may have any other sizes; all others were checked against the bytes.
    private static long Parameters(WeightEntry entry) => entry.Shape.Contains(0) ? 0 : entry.Shape.Aggregate(1L, (count, size) => count * size);
}
