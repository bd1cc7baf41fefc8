using System.Text.Json;
using System.Text.Json.Nodes;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Diagnostics;

/// <summary>Facts of a model's config, of its processor and of how it draws, from a folder's JSON files or from GGUF metadata.</summary>
internal static class ConfigFacts
{
    private const int MostListedValues = 256;

    public static void AddTo(JsonObject facts, string folder)
    {
        string path = Path.Combine(folder, "config.json");
        if (!File.Exists(path))
        {
            return;
        }

        JsonObject raw = Open(path);
        if (raw["model_type"]?.ToString() is not ("gemma3n" or "gemma3n_text"))
        {
            facts["config"] = Foreign(raw);
            return;
        }

        AddTo(facts, ConfigJson.Read(path), raw, ProcessorConfig.ReadFolder(folder), GenerationConfig.Read(Path.Combine(folder, "generation_config.json")));
    }

    /// <summary>Facts of a config that was read; <paramref name="origin"/> has the fields that only its file knows.</summary>
    public static void AddTo(JsonObject facts, Gemma3nConfig config, JsonObject origin, ProcessorConfig processor, GenerationConfig generation)
    {
        facts["config"] = Whole(config, origin);
        facts["text"] = Text(config.Text);
        if (config.Vision is VisionConfig vision)
        {
            facts["vision"] = Join(Tower(vision, processor), Ids(config, vision));
        }

        if (config.Audio is AudioConfig audio)
        {
            facts["audio"] = Join(Tower(audio, processor.Mel), Ids(config, audio));
        }

        facts["generation"] = Generation(generation, config);
    }

    /// <summary>Facts of towers that came without a model.</summary>
    public static void AddTowersTo(JsonObject facts, VisionConfig? vision, AudioConfig? audio, ProcessorConfig processor)
    {
        if (vision is not null)
        {
            facts["vision"] = Tower(vision, processor);
        }

        if (audio is not null)
        {
            facts["audio"] = Tower(audio, processor.Mel);
        }
    }

    private static JsonObject Open(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new InvalidDataException($"{path}: not a JSON object");
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    // Another model's config: what stands at its top, nested objects left out.
    private static JsonObject Foreign(JsonObject raw) => new(raw
        .Where(pair => pair.Value is JsonValue || (pair.Value is JsonArray { Count: <= MostListedValues } list && list.All(item => item is JsonValue)))
        .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));

    private static JsonObject Whole(Gemma3nConfig config, JsonObject origin)
    {
        JsonObject facts = new()
        {
            ["model_type"] = origin["model_type"]?.DeepClone(),
            ["takes"] = Inspection.List(new[] { "text", config.Vision is null ? "" : "image", config.Audio is null ? "" : "audio" }.Where(kind => kind.Length > 0), kind => kind),
            ["max_position_embeddings"] = config.Text.MaxPositionEmbeddings,
            ["vocab_size"] = config.Text.VocabSize,
            ["bos_token_id"] = config.BosTokenId,
            ["eos_token_id"] = Inspection.List(config.EosTokenIds, id => id),
        };
        foreach ((string name, JsonNode? value) in (ReadOnlySpan<(string, JsonNode?)>)
            [("name", origin["name"]), ("architectures", origin["architectures"]), ("dtype", origin["dtype"] ?? origin["torch_dtype"])])
        {
            if (value is not null)
            {
                facts[name] = value.DeepClone();
            }
        }

        return facts;
    }

    private static JsonObject Text(TextConfig text) => new()
    {
        ["num_hidden_layers"] = text.LayerCount,
        ["hidden_size"] = text.HiddenSize,
        ["intermediate_size"] = Inspection.List(text.IntermediateSizes, width => width),
        ["num_attention_heads"] = text.HeadCount,
        ["num_key_value_heads"] = text.KeyValueHeadCount,
        ["head_dim"] = text.HeadDim,
        ["layer_types"] = Inspection.List(text.LayerKinds, kind => kind == LayerKind.Full ? "full_attention" : "sliding_attention"),
        ["sliding_window"] = text.SlidingWindow,
        ["num_kv_shared_layers"] = text.SharedLayerCount,
        ["kv_source_layer"] = Inspection.List(Enumerable.Range(0, text.LayerCount), layer => text.CacheLayer(layer)),
        ["activation_sparsity_pattern"] = Inspection.List(Enumerable.Range(0, text.LayerCount), layer => text.SparsityShare(layer)),
        ["hidden_activation"] = text.HiddenActivation == HiddenActivation.Gelu ? "gelu" : "gelu_pytorch_tanh",
        ["hidden_size_per_layer_input"] = text.HiddenSizePerLayerInput,
        ["vocab_size_per_layer_input"] = text.VocabSizePerLayerInput,
        ["altup_num_inputs"] = text.AltUpInputCount,
        ["altup_active_idx"] = text.AltUpActiveIndex,
        ["altup_correct_scale"] = text.AltUpCorrectScale,
        ["laurel_rank"] = text.LaurelRank,
        ["rope_theta_full_attention"] = text.FullRopeTheta,
        ["rope_theta_sliding_attention"] = text.SlidingRopeTheta,
        ["rms_norm_eps"] = text.RmsNormEpsilon,
        ["final_logit_softcapping"] = text.FinalLogitSoftcap,
        ["tie_word_embeddings"] = text.TieWordEmbeddings,
    };

    private static JsonObject Tower(VisionConfig vision, ProcessorConfig processor) => new()
    {
        ["hidden_size"] = vision.HiddenSize,
        ["image_width"] = processor.ImageWidth,
        ["image_height"] = processor.ImageHeight,
        ["vocab_size"] = vision.VocabSize,
        ["rms_norm_eps"] = vision.RmsNormEpsilon,
    };

    private static JsonObject Ids(Gemma3nConfig config, VisionConfig vision) => new()
    {
        ["vision_soft_tokens_per_image"] = config.ImageSoftTokenCount,
        ["vocab_offset"] = vision.VocabOffset,
        ["image_token_id"] = config.ImageTokenId,
        ["boi_token_id"] = config.BeginImageTokenId,
        ["eoi_token_id"] = config.EndImageTokenId,
    };

    private static JsonObject Tower(AudioConfig audio, MelConfig mel) => new()
    {
        ["hidden_size"] = audio.HiddenSize,
        ["conf_num_hidden_layers"] = audio.LayerCount,
        ["conf_num_attention_heads"] = audio.HeadCount,
        ["conf_attention_context_left"] = audio.ContextLeft,
        ["conf_attention_context_right"] = audio.ContextRight,
        ["conf_attention_logit_cap"] = audio.LogitCap,
        ["conf_conv_kernel_size"] = audio.ConvKernelSize,
        ["conf_reduction_factor"] = audio.ReductionFactor,
        ["sscp_conv_channel_size"] = Inspection.List(audio.SubsampleChannels, channels => channels),
        ["vocab_size"] = audio.VocabSize,
        ["sampling_rate"] = mel.SampleRate,
        ["window_seconds"] = mel.MaxSamples / mel.SampleRate,
        ["frame_length"] = mel.FrameLength,
        ["hop_length"] = mel.HopLength,
        ["feature_size"] = mel.BinCount,
        ["rms_norm_eps"] = audio.RmsNormEpsilon,
    };

    private static JsonObject Ids(Gemma3nConfig config, AudioConfig audio) => new()
    {
        ["audio_soft_tokens_per_image"] = config.AudioSoftTokenCount,
        ["vocab_offset"] = audio.VocabOffset,
        ["audio_token_id"] = config.AudioTokenId,
        ["boa_token_id"] = config.BeginAudioTokenId,
        ["eoa_token_id"] = config.EndAudioTokenId,
    };

    private static JsonObject Join(JsonObject tower, JsonObject ids) => new(tower.Concat(ids).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));

    private static JsonObject Generation(GenerationConfig generation, Gemma3nConfig config) => new()
    {
        ["do_sample"] = generation.DoSample,
        ["temperature"] = generation.Temperature,
        ["top_k"] = generation.TopK,
        ["top_p"] = generation.TopP,
        ["min_p"] = generation.MinP,
        ["repetition_penalty"] = generation.RepetitionPenalty,
        ["eos_token_id"] = Inspection.List(generation.EosTokenIds ?? config.EosTokenIds, id => id),
    };
}
