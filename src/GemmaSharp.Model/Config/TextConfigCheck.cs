namespace GemmaSharp.Model.Config;

/// <summary>What must hold between the decoder's sizes, wherever they were read from.</summary>
internal static class TextConfigCheck
{
    /// <summary>Throws what <paramref name="error"/> makes of the first thing that does not hold.</summary>
    public static void Check(TextConfig config, Func<string, Exception> error)
    {
        if (config.HeadCount % config.KeyValueHeadCount != 0)
        {
            throw error($"num_attention_heads {config.HeadCount} is not a multiple of num_key_value_heads {config.KeyValueHeadCount}");
        }

        if (config.HeadDim % 2 != 0)
        {
            throw error($"head_dim is {config.HeadDim}, an even number expected");
        }

        if (config.AltUpActiveIndex >= config.AltUpInputCount)
        {
            throw error($"altup_active_idx is {config.AltUpActiveIndex}, less than altup_num_inputs {config.AltUpInputCount} expected");
        }

        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            if (config.FirstSharedLayer < 1 || config.CacheLayer(layer) < 0)
            {
                throw error(
                    $"num_kv_shared_layers is {config.SharedLayerCount} of {config.LayerCount} layers: layer {layer} ({config.LayerKinds[layer]}) has no layer of its kind to share with");
            }
        }
    }
}
