using System.Globalization;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.Export;

/// <summary>The decoder's tensors as GGUF names them, with the shapes that follow from a config, outermost size first (formats.md 3.1).</summary>
internal static class TextShapes
{
    private const string LayerPrefix = "blk.";

    public static IEnumerable<(string Name, long[] Shape)> Of(TextConfig config)
    {
        long hidden = config.HiddenSize, perLayer = (long)config.HiddenSizePerLayerInput * config.LayerCount, others = config.AltUpInputCount - 1;
        yield return ("token_embd.weight", [config.VocabSize, hidden]);
        yield return ("per_layer_token_embd.weight", [config.VocabSize, perLayer]);
        yield return ("per_layer_model_proj.weight", [perLayer, hidden]);
        yield return ("per_layer_proj_norm.weight", [config.HiddenSizePerLayerInput]);
        yield return ("altup_proj.weight", [others, hidden, hidden]);
        yield return ("altup_unembd_proj.weight", [others, hidden, hidden]);
        yield return ("output_norm.weight", [hidden]);
        if (!config.TieWordEmbeddings)
        {
            yield return ("output.weight", [config.VocabSize, hidden]);
        }

        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            foreach ((string name, long[] shape) in Layer(config, config.IntermediateSizes[layer]))
            {
                yield return (string.Create(CultureInfo.InvariantCulture, $"{LayerPrefix}{layer}.{name}.weight"), shape);
            }
        }
    }

    /// <summary>Whether a tensor belongs to a layer that takes keys and values from another, so that nothing reads it.</summary>
    public static bool IsUnused(string name, TextConfig config) =>
        name.Split('.') is ["blk", string layer, "attn_k" or "attn_v" or "attn_k_norm", "weight"]
        && int.TryParse(layer, CultureInfo.InvariantCulture, out int number) && number >= config.FirstSharedLayer;

    private static (string Name, long[] Shape)[] Layer(TextConfig config, long width)
    {
        long hidden = config.HiddenSize, streams = config.AltUpInputCount, perLayer = config.HiddenSizePerLayerInput, rank = config.LaurelRank;
        long queries = (long)config.HeadCount * config.HeadDim, keys = (long)config.KeyValueHeadCount * config.HeadDim;
        return
        [
            ("attn_norm", [hidden]),
            ("attn_q", [queries, hidden]),
            ("attn_k", [keys, hidden]),
            ("attn_v", [keys, hidden]),
            ("attn_output", [hidden, queries]),
            ("attn_q_norm", [config.HeadDim]),
            ("attn_k_norm", [config.HeadDim]),
            ("post_attention_norm", [hidden]),
            ("ffn_norm", [hidden]),
            ("ffn_gate", [width, hidden]),
            ("ffn_up", [width, hidden]),
            ("ffn_down", [hidden, width]),
            ("post_ffw_norm", [hidden]),
            ("inp_gate", [perLayer, hidden]),
            ("proj", [hidden, perLayer]),
            ("post_norm", [hidden]),
            ("altup_correct_coef", [streams, streams]),
            ("altup_correct_scale", [hidden]),
            ("altup_predict_coef", [streams * streams, streams]),
            ("altup_router", [streams, hidden]),
            ("altup_router_norm", [hidden]),
            ("laurel_l", [rank, hidden]),
            ("laurel_r", [hidden, rank]),
            ("laurel_post_norm", [hidden]),
        ];
    }
}
