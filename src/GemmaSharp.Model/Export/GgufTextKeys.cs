using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Model.Export;

/// <summary>The decoder's config as metadata, in the converter's order (formats.md 2.2).</summary>
public static class GgufTextKeys
{
    private const int QuantizationVersion = 2;

    /// <summary>Appends the keys.</summary>
    public static void Add(OrderedDictionary<string, GgufValue> keys, TextConfig config, WeightType type)
    {
        Add("block_count", GgufValues.U32(config.LayerCount));
        Add("context_length", GgufValues.U32(config.MaxPositionEmbeddings));
        Add("embedding_length", GgufValues.U32(config.HiddenSize));
        Add("feed_forward_length", GgufValues.I32s([.. config.IntermediateSizes]));
        Add("attention.head_count", GgufValues.U32(config.HeadCount));
        Add("attention.head_count_kv", GgufValues.U32(config.KeyValueHeadCount));
        Add("rope.freq_base", GgufValues.F32(config.FullRopeTheta));
        Add("rope.freq_base_swa", GgufValues.F32(config.SlidingRopeTheta));
        Add("attention.layer_norm_rms_epsilon", GgufValues.F32(config.RmsNormEpsilon));
        Add("attention.key_length", GgufValues.U32(config.HeadDim));
        Add("attention.value_length", GgufValues.U32(config.HeadDim));
        keys.Add("general.file_type", GgufValues.U32(ExportTypes.FileType(type)));
        Add("final_logit_softcapping", GgufValues.F32(config.FinalLogitSoftcap ?? 0));
        Add("attention.sliding_window", GgufValues.U32(config.SlidingWindow));
        Add("altup.active_idx", GgufValues.U32(config.AltUpActiveIndex));
        Add("altup.num_inputs", GgufValues.U32(config.AltUpInputCount));
        Add("embedding_length_per_layer_input", GgufValues.U32(config.HiddenSizePerLayerInput));
        Add("attention.shared_kv_layers", GgufValues.U32(config.SharedLayerCount));
        Add("activation_sparsity_scale", GgufValues.F32s([.. config.SparsityDeviations.Select(scale => scale ?? float.NegativeInfinity)]));
        Add("attention.sliding_window_pattern", GgufValues.Flags(config.LayerKinds.Select(kind => kind == LayerKind.Sliding)));
        keys.Add("general.quantization_version", GgufValues.U32(QuantizationVersion));

        void Add(string name, GgufValue value) => keys.Add($"gemma3n.{name}", value);
    }
}
