using System.Text.Json.Nodes;
using GemmaSharp.Loading;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Diagnostics;

/// <summary>
/// What a checkpoint holds, in named sections: an object of single facts, or a list of rows with the same facts each. Names are those of the
/// files (config.json's for config facts); what a checkpoint lacks is left out. Of any well-formed checkpoint, Gemma or not.
/// </summary>
internal static class Inspection
{
    /// <summary>Facts of a weight file, an index, or a folder with any of config, tokenizer and weights.</summary>
    /// <param name="path">File or folder.</param>
    /// <param name="projector">The towers of a GGUF model; null to take those beside it.</param>
    /// <exception cref="InvalidDataException">Nothing to show there, or a file that cannot be read; one line says which.</exception>
    /// <exception cref="WeightException">The weights are missing or malformed.</exception>
    public static JsonObject Of(string path, string? projector = null)
    {
        JsonObject facts = new() { ["path"] = path };
        bool folder = Directory.Exists(path);
        using IWeightSource? source = !folder || WeightFiles.IsIn(path) ? WeightFiles.Open(path) : null;
        if (projector is not null && source is not GgufFile)
        {
            throw new InvalidDataException($"{projector}: a projector belongs to a GGUF model, {path} is none");
        }

        if (source is GgufFile file && !(folder && HubFolder.IsOne(path)))
        {
            GgufFacts.AddTo(facts, file, projector);
        }
        else if (folder || source is UqffFile)
        {
            AddFolder(facts, folder ? path : UqffFile.FolderOf(path));
        }

        if (source is not null)
        {
            WeightFacts.AddTo(facts, source);
        }

        return facts.Count > 1 ? facts : throw new InvalidDataException($"{path}: holds no config.json, no tokenizer.json, no chat template and no weights");
    }

    /// <summary>Whether options ask for a slice of the model, one of a size or one that fits into memory.</summary>
    public static bool IsOfASlice(EngineOptions options) =>
        options.Slice is not null || options.EffectiveParameters is not null || options.MemoryLimit is not null;

    /// <summary>Facts of a model as it would be loaded with such options: the slice, the config and tensors of what is left.</summary>
    /// <exception cref="ArgumentException">The options contradict one another.</exception>
    /// <exception cref="InvalidDataException">No model there, or a slice that does not fit.</exception>
    /// <exception cref="WeightException">The weights are malformed.</exception>
    public static JsonObject OfSlice(string path, EngineOptions options)
    {
        using ModelFiles files = ModelFiles.Open(path, options.Projector);
        LoadPlan plan = LoadPlan.Make(path, files, options);
        ModelFiles seen = plan.Slice is SlicePlan slice ? files.Sliced(slice) : files;
        JsonObject facts = new() { ["path"] = path };
        if (plan.Notice is not null)
        {
            facts["choice"] = plan.Notice;
        }

        if (plan.Slice is not null)
        {
            facts["slice"] = SliceReport.Row(plan.Slice.Slice);
        }

        ConfigFacts.AddTo(facts, seen.Config, [], seen.Processor, seen.Generation);
        WeightFacts.AddTo(facts, seen.Source);
        return facts;
    }

    private static void AddFolder(JsonObject facts, string folder)
    {
        ConfigFacts.AddTo(facts, folder);
        SliceFacts.AddTo(facts, folder);
        TokenFacts.AddTo(facts, folder);
    }

    /// <summary>Values as a list.</summary>
    public static JsonArray List<T>(IEnumerable<T> values, Func<T, JsonNode?> node) => new([.. values.Select(node)]);
}
