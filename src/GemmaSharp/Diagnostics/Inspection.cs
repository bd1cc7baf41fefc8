using System.Text.Json.Nodes;
using GemmaSharp.Weights;

namespace GemmaSharp.Diagnostics;

/// <summary>
/// What a checkpoint holds, in named sections: an object of single facts, or a list of rows with the same facts each. Names are those of the
/// files (config.json's for config facts); what a checkpoint lacks is left out. Of any well-formed checkpoint, Gemma or not.
/// </summary>
internal static class Inspection
{
    /// <summary>Facts of a weight file, an index, or a folder with any of config, tokenizer and weights.</summary>
    /// <exception cref="InvalidDataException">Nothing to show there, or a file that cannot be read; one line says which.</exception>
    /// <exception cref="WeightException">The weights are missing or malformed.</exception>
    public static JsonObject Of(string path)
    {
        JsonObject facts = new() { ["path"] = path };
        bool folder = Directory.Exists(path);
        if (folder)
        {
            ConfigFacts.AddTo(facts, path);
            SliceFacts.AddTo(facts, path);
            TokenFacts.AddTo(facts, path);
        }

        if (!folder || Directory.EnumerateFiles(path, "*.safetensors*").Any())
        {
            using IWeightSource source = WeightFiles.Open(path);
            WeightFacts.AddTo(facts, source);
        }

        return facts.Count > 1 ? facts : throw new InvalidDataException($"{path}: holds no config.json, no tokenizer.json, no chat template and no weights");
    }

    /// <summary>Values as a list.</summary>
    public static JsonArray List<T>(IEnumerable<T> values, Func<T, JsonNode?> node) => new([.. values.Select(node)]);
}
