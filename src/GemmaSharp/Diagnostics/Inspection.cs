using System.Text.Json.Nodes;
using GemmaSharp.Loading;
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

    private static void AddFolder(JsonObject facts, string folder)
    {
        ConfigFacts.AddTo(facts, folder);
        SliceFacts.AddTo(facts, folder);
        TokenFacts.AddTo(facts, folder);
    }

    /// <summary>Values as a list.</summary>
    public static JsonArray List<T>(IEnumerable<T> values, Func<T, JsonNode?> node) => new([.. values.Select(node)]);
}
