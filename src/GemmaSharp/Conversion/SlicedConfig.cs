using System.Text.Json.Nodes;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Conversion;

/// <summary>The config.json of a slice: the parent's, all fields kept but those that tell of layers.</summary>
internal static class SlicedConfig
{
    // As ConfigWriter names them.
    private static readonly string[] OfLayers = ["num_hidden_layers", "intermediate_size", "layer_types", "activation_sparsity_pattern", "num_kv_shared_layers"];

    public static void Edit(JsonObject config, SlicePlan slice)
    {
        JsonObject text = config["text_config"] as JsonObject ?? config;
        JsonObject sliced = ConfigWriter.Write(new Gemma3nConfig { Text = slice.Config, BosTokenId = 0, EosTokenIds = [0] });
        foreach (string field in OfLayers)
        {
            text[field] = sliced[field]?.DeepClone();
        }
    }
}
