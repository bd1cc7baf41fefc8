using System.Collections.Frozen;
using System.Globalization;

namespace GemmaSharp.Model.Names;

/// <summary>The one table between canonical names (those of Hugging Face) and the names of GGUF, for text, towers and embedders.</summary>
public static class GgufNames
{
    private const string TextPrefix = "model.language_model.";
    private const string TowerPrefix = "model.";
    private const string Vision = "vision_tower.timm_model.";
    private const string VisionBlocks = "blocks.";
    private const string GgufVision = "v.";
    private const string GgufVisionBlocks = "blk.";
    private const string Head = "lm_head.weight";

    // Spellings of the text part's prefix; the last is that of towers and of text-only exports.
    private static readonly string[] Prefixes = [TextPrefix, "language_model.model.", "language_model.", TowerPrefix];
    private static readonly string[] TowerParts = ["vision_tower.", "audio_tower.", "embed_vision.", "embed_audio."];

    // Names relative to their part; # stands for a number, that of a layer or of a slice.
    private static readonly (string Canonical, string Gguf)[] Names =
    [
        (Head, "output.weight"),
        ("embed_tokens.weight", "token_embd.weight"),
        ("embed_tokens_per_layer.weight", "per_layer_token_embd.weight"),
        ("per_layer_model_projection.weight", "per_layer_model_proj.weight"),
        ("per_layer_projection_norm.weight", "per_layer_proj_norm.weight"),
        ("altup_projections.#.weight", "altup_proj.weight"),
        ("altup_unembed_projections.#.weight", "altup_unembd_proj.weight"),
        ("norm.weight", "output_norm.weight"),

        ("layers.#.input_layernorm.weight", "blk.#.attn_norm.weight"),
        ("layers.#.self_attn.q_proj.weight", "blk.#.attn_q.weight"),
        ("layers.#.self_attn.k_proj.weight", "blk.#.attn_k.weight"),
        ("layers.#.self_attn.v_proj.weight", "blk.#.attn_v.weight"),
        ("layers.#.self_attn.o_proj.weight", "blk.#.attn_output.weight"),
        ("layers.#.self_attn.q_norm.weight", "blk.#.attn_q_norm.weight"),
        ("layers.#.self_attn.k_norm.weight", "blk.#.attn_k_norm.weight"),
        ("layers.#.post_attention_layernorm.weight", "blk.#.post_attention_norm.weight"),
        ("layers.#.pre_feedforward_layernorm.weight", "blk.#.ffn_norm.weight"),
        ("layers.#.mlp.gate_proj.weight", "blk.#.ffn_gate.weight"),
        ("layers.#.mlp.up_proj.weight", "blk.#.ffn_up.weight"),
        ("layers.#.mlp.down_proj.weight", "blk.#.ffn_down.weight"),
        ("layers.#.post_feedforward_layernorm.weight", "blk.#.post_ffw_norm.weight"),
        ("layers.#.per_layer_input_gate.weight", "blk.#.inp_gate.weight"),
        ("layers.#.per_layer_projection.weight", "blk.#.proj.weight"),
        ("layers.#.post_per_layer_input_norm.weight", "blk.#.post_norm.weight"),
        ("layers.#.altup.correction_coefs.weight", "blk.#.altup_correct_coef.weight"),
        ("layers.#.altup.correct_output_scale", "blk.#.altup_correct_scale.weight"),
        ("layers.#.altup.prediction_coefs.weight", "blk.#.altup_predict_coef.weight"),
        ("layers.#.altup.modality_router.weight", "blk.#.altup_router.weight"),
        ("layers.#.altup.router_norm.weight", "blk.#.altup_router_norm.weight"),
        ("layers.#.laurel.linear_left.weight", "blk.#.laurel_l.weight"),
        ("layers.#.laurel.linear_right.weight", "blk.#.laurel_r.weight"),
        ("layers.#.laurel.post_laurel_norm.weight", "blk.#.laurel_post_norm.weight"),

        ("embed_vision.embedding.weight", "mm.embedding.weight"),
        ("embed_vision.hard_embedding_norm.weight", "mm.hard_emb_norm.weight"),
        ("embed_vision.soft_embedding_norm.weight", "mm.soft_emb_norm.weight"),
        ("embed_vision.embedding_projection.weight", "mm.input_projection.weight"),
        ("embed_audio.embedding.weight", "mm.a.embedding.weight"),
        ("embed_audio.hard_embedding_norm.weight", "mm.a.hard_emb_norm.weight"),
        ("embed_audio.soft_embedding_norm.weight", "mm.a.soft_emb_norm.weight"),
        ("embed_audio.embedding_projection.weight", "mm.a.input_projection.weight"),

        ("audio_tower.subsample_conv_projection.conv_0.conv.weight", "a.conv1d.0.weight"),
        ("audio_tower.subsample_conv_projection.conv_0.norm.weight", "a.conv1d.0.norm.weight"),
        ("audio_tower.subsample_conv_projection.conv_1.conv.weight", "a.conv1d.1.weight"),
        ("audio_tower.subsample_conv_projection.conv_1.norm.weight", "a.conv1d.1.norm.weight"),
        ("audio_tower.subsample_conv_projection.input_proj_linear.weight", "a.pre_encode.out.weight"),
        ("audio_tower.conformer.#.ffw_layer_start.pre_layer_norm.weight", "a.blk.#.ffn_norm.weight"),
        ("audio_tower.conformer.#.ffw_layer_start.ffw_layer_1.weight", "a.blk.#.ffn_up.weight"),
        ("audio_tower.conformer.#.ffw_layer_start.ffw_layer_2.weight", "a.blk.#.ffn_down.weight"),
        ("audio_tower.conformer.#.ffw_layer_start.post_layer_norm.weight", "a.blk.#.ffn_post_norm.weight"),
        ("audio_tower.conformer.#.attention.pre_attn_norm.weight", "a.blk.#.ln1.weight"),
        ("audio_tower.conformer.#.attention.attn.q_proj.weight", "a.blk.#.attn_q.weight"),
        ("audio_tower.conformer.#.attention.attn.k_proj.weight", "a.blk.#.attn_k.weight"),
        ("audio_tower.conformer.#.attention.attn.v_proj.weight", "a.blk.#.attn_v.weight"),
        ("audio_tower.conformer.#.attention.attn.per_dim_scale", "a.blk.#.per_dim_scale"),
        ("audio_tower.conformer.#.attention.attn.relative_position_embedding.pos_proj.weight", "a.blk.#.linear_pos.weight"),
        ("audio_tower.conformer.#.attention.post.weight", "a.blk.#.attn_out.weight"),
        ("audio_tower.conformer.#.attention.post_norm.weight", "a.blk.#.ln2.weight"),

        // The two norms of the light convolution bear each other's name.
        ("audio_tower.conformer.#.lconv1d.pre_layer_norm.weight", "a.blk.#.conv_norm.weight"),
        ("audio_tower.conformer.#.lconv1d.conv_norm.weight", "a.blk.#.norm_conv.weight"),
        ("audio_tower.conformer.#.lconv1d.linear_start.weight", "a.blk.#.conv_pw1.weight"),
        ("audio_tower.conformer.#.lconv1d.depthwise_conv1d.weight", "a.blk.#.conv_dw.weight"),
        ("audio_tower.conformer.#.lconv1d.linear_end.weight", "a.blk.#.conv_pw2.weight"),
        ("audio_tower.conformer.#.ffw_layer_end.pre_layer_norm.weight", "a.blk.#.ffn_norm_1.weight"),
        ("audio_tower.conformer.#.ffw_layer_end.ffw_layer_1.weight", "a.blk.#.ffn_up_1.weight"),
        ("audio_tower.conformer.#.ffw_layer_end.ffw_layer_2.weight", "a.blk.#.ffn_down_1.weight"),
        ("audio_tower.conformer.#.ffw_layer_end.post_layer_norm.weight", "a.blk.#.ffn_post_norm_1.weight"),

        // Called a layer's first norm, it is its last.
        ("audio_tower.conformer.#.norm.weight", "a.blk.#.layer_pre_norm.weight"),
    ];

    private static readonly FrozenDictionary<string, string> ByCanonical = Names.ToFrozenDictionary(pair => pair.Canonical, pair => pair.Gguf);
    private static readonly FrozenDictionary<string, string> ByGguf = Names.ToFrozenDictionary(pair => pair.Gguf, pair => pair.Canonical);

    /// <summary>
    /// Where GGUF keeps a tensor, or null where it has no place for it; the text part may bear any prefix that checkpoints have,
    /// or none.
    /// </summary>
    public static GgufName? ToGguf(string canonical)
    {
        string name = canonical[(Prefixes.FirstOrDefault(prefix => canonical.StartsWith(prefix, StringComparison.Ordinal)) ?? "").Length..];
        if (name.StartsWith(Vision, StringComparison.Ordinal))
        {
            return new GgufName(GgufVision + Renamed(name[Vision.Length..], VisionBlocks, GgufVisionBlocks), Slice: null);
        }

        (string pattern, string number) = Pattern(name, ByCanonical);
        return !ByCanonical.TryGetValue(pattern, out string? gguf) ? null
            : number.Length > 0 && !gguf.Contains('#', StringComparison.Ordinal) ? new GgufName(gguf, int.Parse(number, CultureInfo.InvariantCulture))
            : new GgufName(gguf.Replace("#", number, StringComparison.Ordinal), Slice: null);
    }

    /// <summary>The canonical name of a GGUF tensor, or of one slice of a stacked one; null where the model has no such tensor.</summary>
    public static string? ToCanonical(string gguf, int slice = 0)
    {
        if (gguf.StartsWith(GgufVision, StringComparison.Ordinal))
        {
            return TowerPrefix + Vision + Renamed(gguf[GgufVision.Length..], GgufVisionBlocks, VisionBlocks);
        }

        (string pattern, string number) = Pattern(gguf, ByGguf);
        if (!ByGguf.TryGetValue(pattern, out string? name))
        {
            return null;
        }

        string prefix = name == Head ? "" : TowerParts.Any(part => name.StartsWith(part, StringComparison.Ordinal)) ? TowerPrefix : TextPrefix;
        return prefix + name.Replace("#", number.Length > 0 ? number : slice.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    /// <summary>Whether GGUF keeps several tensors as one under this name, stacked along a slowest dimension.</summary>
    public static bool IsStacked(string gguf) => ByGguf.TryGetValue(gguf, out string? name) && name.Contains('#', StringComparison.Ordinal);

    private static string Renamed(string name, string from, string to) =>
        name.StartsWith(from, StringComparison.Ordinal) ? to + name[from.Length..] : name;

    // The name with its first number as #, unless the table has it as it is.
    private static (string Pattern, string Number) Pattern(string name, FrozenDictionary<string, string> table)
    {
        if (table.ContainsKey(name))
        {
            return (name, "");
        }

        string[] segments = name.Split('.');
        int place = Array.FindIndex(segments, segment => segment.Length is > 0 and < 6 && segment.All(char.IsAsciiDigit));
        if (place < 0)
        {
            return (name, "");
        }

        string number = segments[place];
        segments[place] = "#";
        return (string.Join('.', segments), number);
    }
}

/// <summary>A place in a GGUF file: a tensor, or one slice of a stacked one.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Slice">Index along the slowest dimension; null for the whole tensor.</param>
public readonly record struct GgufName(string Name, int? Slice);
