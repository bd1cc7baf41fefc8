using System.Text.Json.Nodes;

namespace GemmaSharp.Model.Config;

/// <summary>Writes a config as the config.json that <see cref="ConfigJson"/> reads back equal.</summary>
public static class ConfigWriter
{
    /// <summary>The file's object.</summary>
    public static JsonObject Write(Gemma3nConfig config)
    {
        JsonObject text = Text(config.Text);
        if (config.Vision is null && config.Audio is null)
        {
            text["architectures"] = new JsonArray("Gemma3nForCausalLM");
            text["bos_token_id"] = config.BosTokenId;
            text["eos_token_id"] = List(config.EosTokenIds, id => id);
            return text;
        }

        JsonObject root = new()
        {
            ["architectures"] = new JsonArray("Gemma3nForConditionalGeneration"),
            ["model_type"] = "gemma3n",
            ["text_config"] = text,
            ["bos_token_id"] = config.BosTokenId,
            ["eos_token_id"] = List(config.EosTokenIds, id => id),
            ["boi_token_id"] = config.BeginImageTokenId,
            ["eoi_token_id"] = config.EndImageTokenId,
            ["image_token_id"] = config.ImageTokenId,
            ["boa_token_id"] = config.BeginAudioTokenId,
            ["eoa_token_id"] = config.EndAudioTokenId,
            ["audio_token_id"] = config.AudioTokenId,
            ["vision_soft_tokens_per_image"] = config.ImageSoftTokenCount,
            ["audio_soft_tokens_per_image"] = config.AudioSoftTokenCount,
            ["tie_word_embeddings"] = config.Text.TieWordEmbeddings,
        };
        if (config.Vision is VisionConfig vision)
        {
            root["vision_config"] = Vision(vision);
        }

        if (config.Audio is AudioConfig audio)
        {
            root["audio_config"] = Audio(audio);
        }

        return root;
    }

    private static JsonObject Text(TextConfig text) => new()
    {
        ["model_type"] = "gemma3n_text",
        ["hidden_size"] = text.HiddenSize,
        ["num_hidden_layers"] = text.LayerCount,
        ["intermediate_size"] = List(text.IntermediateSizes, width => width),
        ["layer_types"] = List(text.LayerKinds, kind => kind == LayerKind.Full ? "full_attention" : "sliding_attention"),
        ["activation_sparsity_pattern"] = List(Enumerable.Range(0, text.LayerCount), layer => text.SparsityShare(layer)),
        ["num_attention_heads"] = text.HeadCount,
        ["num_key_value_heads"] = text.KeyValueHeadCount,
        ["head_dim"] = text.HeadDim,
        ["vocab_size"] = text.VocabSize,
        ["vocab_size_per_layer_input"] = text.VocabSizePerLayerInput,
        ["hidden_size_per_layer_input"] = text.HiddenSizePerLayerInput,
        ["laurel_rank"] = text.LaurelRank,
        ["altup_num_inputs"] = text.AltUpInputCount,
        ["altup_active_idx"] = text.AltUpActiveIndex,
        ["altup_correct_scale"] = text.AltUpCorrectScale,
        ["num_kv_shared_layers"] = text.SharedLayerCount,
        ["sliding_window"] = text.SlidingWindow,
        ["rope_theta"] = text.FullRopeTheta,
        ["rope_local_base_freq"] = text.SlidingRopeTheta,
        ["rope_scaling"] = null,
        ["rms_norm_eps"] = text.RmsNormEpsilon,
        ["hidden_activation"] = text.HiddenActivation == HiddenActivation.Gelu ? "gelu" : "gelu_pytorch_tanh",
        ["final_logit_softcapping"] = text.FinalLogitSoftcap,
        ["max_position_embeddings"] = text.MaxPositionEmbeddings,
        ["tie_word_embeddings"] = text.TieWordEmbeddings,
    };

    private static JsonObject Vision(VisionConfig vision) => new()
    {
        ["model_type"] = "gemma3n_vision",
        ["architecture"] = "mobilenetv5_300m_enc",
        ["hidden_size"] = vision.HiddenSize,
        ["rms_norm_eps"] = vision.RmsNormEpsilon,
        ["vocab_offset"] = vision.VocabOffset,
        ["vocab_size"] = vision.VocabSize,
    };

    private static JsonObject Audio(AudioConfig audio) => new()
    {
        ["model_type"] = "gemma3n_audio",
        ["vocab_offset"] = audio.VocabOffset,
        ["vocab_size"] = audio.VocabSize,
        ["input_feat_size"] = audio.InputFeatureSize,
        ["hidden_size"] = audio.HiddenSize,
        ["rms_norm_eps"] = audio.RmsNormEpsilon,
        ["gradient_clipping"] = audio.GradientClipping,
        ["conf_attention_chunk_size"] = audio.ContextLeft - 1,
        ["conf_attention_context_left"] = audio.ContextLeft,
        ["conf_attention_context_right"] = audio.ContextRight,
        ["conf_attention_logit_cap"] = audio.LogitCap,
        ["conf_num_attention_heads"] = audio.HeadCount,
        ["conf_num_hidden_layers"] = audio.LayerCount,
        ["conf_conv_kernel_size"] = audio.ConvKernelSize,
        ["conf_reduction_factor"] = audio.ReductionFactor,
        ["conf_residual_weight"] = audio.ResidualWeight,
        ["sscp_conv_channel_size"] = List(audio.SubsampleChannels, channels => channels),
        ["sscp_conv_group_norm_eps"] = audio.GroupNormEpsilon,
        ["sscp_conv_kernel_size"] = List(audio.SubsampleKernels, pair => new JsonArray(pair.Time, pair.Frequency)),
        ["sscp_conv_stride_size"] = List(audio.SubsampleStrides, pair => new JsonArray(pair.Time, pair.Frequency)),
    };

    private static JsonArray List<T>(IEnumerable<T> values, Func<T, JsonNode?> node) => new([.. values.Select(node)]);
}
