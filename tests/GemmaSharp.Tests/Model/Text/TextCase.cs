using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Model.Text;

/// <summary>A small decoder of random shape: its sizes, its config.json in one of the spellings, its random weights.</summary>
internal sealed record TextCase
{
    private const int FullEvery = 5;

    public required int Hidden { get; init; }

    public required int[] Widths { get; init; }

    public required bool[] Full { get; init; }

    public required double[] Sparsity { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadDim { get; init; }

    public required int Vocab { get; init; }

    public required int PerLayerVocab { get; init; }

    public required int PerLayerWidth { get; init; }

    public required int LaurelRank { get; init; }

    public required int Streams { get; init; }

    public required int Active { get; init; }

    public required bool CorrectScale { get; init; }

    public required int Shared { get; init; }

    public required int Window { get; init; }

    public required double FullTheta { get; init; }

    public required double SlidingTheta { get; init; }

    public required double Epsilon { get; init; }

    public required bool ErfGelu { get; init; }

    public required double? Softcap { get; init; }

    public required bool Tied { get; init; }

    /// <summary>Where the decoder stands in the checkpoint: with a dot behind, or empty.</summary>
    public required string Prefix { get; init; }

    /// <summary>Name of the head's tensor, where it is not tied.</summary>
    public required string Head { get; init; }

    /// <summary>Written as older releases do, with the fields left out that have their default.</summary>
    public required bool Older { get; init; }

    public int Layers => Full.Length;

    public static TextCase Random(Random random)
    {
        int layers = random.Next(1, 8), streams = random.Next(1, 6), keyValueHeads = random.Next(1, 4), vocab = random.Next(40, 90);
        bool older = random.Next(2) == 0;
        bool[] full = [.. Enumerable.Range(0, layers).Select(layer => older ? (layer + 1) % FullEvery == 0 : random.Next(3) == 0)];
        int sameWidth = random.Next(3, 60);
        (string Prefix, string Head)[] names = [("model.language_model.", "lm_head"), ("language_model.model.", "language_model.lm_head"), ("model.", "lm_head"), ("", "lm_head")];
        (string prefix, string head) = names[random.Next(names.Length)];
        return new TextCase
        {
            Hidden = Pick(random, 8, 20, 24, 33, 48, 52),
            Widths = [.. Enumerable.Range(0, layers).Select(_ => older ? sameWidth : random.Next(3, 60))],
            Full = full,
            Sparsity = [.. Enumerable.Range(0, layers).Select(_ => older ? 0 : Pick(random, 0.0, 0.0, 0.25, 0.5, 0.8, 0.95))],
            Heads = keyValueHeads * random.Next(1, 4),
            KeyValueHeads = keyValueHeads,
            HeadDim = Pick(random, 4, 6, 10, 16, 20, 34),
            Vocab = vocab,
            PerLayerVocab = random.Next(20, vocab + 1),
            PerLayerWidth = random.Next(4, 20), // a norm over one value is its sign, and jumps
            LaurelRank = random.Next(4, 20), // and one of a multiple of one vector too
            Streams = streams,
            Active = random.Next(streams),
            CorrectScale = random.Next(3) > 0,
            Shared = MostShared(full, random.Next(layers)),
            Window = random.Next(1, 14),
            FullTheta = Pick(random, 1e6, 1e4, 777),
            SlidingTheta = Pick(random, 1e4, 500, 30),
            Epsilon = Pick(random, 1e-6, 1e-4),
            ErfGelu = random.Next(3) == 0,
            Softcap = random.Next(3) == 0 ? null : Pick(random, 30.0, 5, 2.5),
            Tied = random.Next(3) > 0,
            Prefix = prefix,
            Head = head,
            Older = older,
        };
    }

    /// <summary>config.json of a text-only model, or of one whose decoder is a part.</summary>
    public string ToJson()
    {
        bool whole = Prefix.Contains("language_model", StringComparison.Ordinal);
        JsonObject text = Text();
        text["model_type"] = "gemma3n_text";
        return whole ? new JsonObject { ["model_type"] = "gemma3n", ["tie_word_embeddings"] = Tied, ["text_config"] = text }.ToJsonString() : text.ToJsonString();
    }

    /// <summary>Random weights under the case's names; the sharing layers hold keys and values too, which nobody may use.</summary>
    public MemoryWeights Weights(Random random)
    {
        MemoryWeights weights = new(bfloat16: random.Next(2) == 0);
        int query = Heads * HeadDim, keys = KeyValueHeads * HeadDim, perLayer = Layers * PerLayerWidth;
        Matrix("embed_tokens.weight", Vocab, Hidden);
        Matrix("embed_tokens_per_layer.weight", PerLayerVocab, perLayer);
        Matrix("per_layer_model_projection.weight", perLayer, Hidden);
        Norm("per_layer_projection_norm.weight", PerLayerWidth);
        Norm("norm.weight", Hidden);
        for (int stream = 1; stream < Streams; stream++)
        {
            Matrix($"altup_projections.{stream - 1}.weight", Hidden, Hidden);
            Matrix($"altup_unembed_projections.{stream - 1}.weight", Hidden, Hidden);
        }

        for (int layer = 0; layer < Layers; layer++)
        {
            string at = $"layers.{layer}";
            foreach (string norm in (string[])["input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm", "post_per_layer_input_norm", "altup.router_norm", "laurel.post_laurel_norm"])
            {
                Norm($"{at}.{norm}.weight", Hidden);
            }

            Norm($"{at}.altup.correct_output_scale", Hidden);
            Norm($"{at}.self_attn.q_norm.weight", HeadDim);
            Norm($"{at}.self_attn.k_norm.weight", HeadDim);
            Matrix($"{at}.self_attn.q_proj.weight", query, Hidden);
            Matrix($"{at}.self_attn.k_proj.weight", keys, Hidden);
            Matrix($"{at}.self_attn.v_proj.weight", keys, Hidden);
            Matrix($"{at}.self_attn.o_proj.weight", Hidden, query);
            Matrix($"{at}.mlp.gate_proj.weight", Widths[layer], Hidden);
            Matrix($"{at}.mlp.up_proj.weight", Widths[layer], Hidden);
            Matrix($"{at}.mlp.down_proj.weight", Hidden, Widths[layer]);
            Matrix($"{at}.laurel.linear_left.weight", LaurelRank, Hidden);
            Matrix($"{at}.laurel.linear_right.weight", Hidden, LaurelRank);
            Matrix($"{at}.altup.modality_router.weight", Streams, Hidden, Hidden);
            Matrix($"{at}.altup.prediction_coefs.weight", Streams * Streams, Streams, 0.3f);
            Matrix($"{at}.altup.correction_coefs.weight", Streams, Streams, 0.3f);
            Matrix($"{at}.per_layer_input_gate.weight", PerLayerWidth, Hidden);
            Matrix($"{at}.per_layer_projection.weight", Hidden, PerLayerWidth);
        }

        if (!Tied)
        {
            weights.Add($"{Head}.weight", Values(Vocab * Hidden, MathF.Sqrt(3f / Hidden)), Vocab, Hidden);
        }

        return weights;

        void Matrix(string name, int rows, int columns, float gain = 1) =>
            weights.Add(Prefix + name, Values(rows * columns, gain * MathF.Sqrt(3f / columns)), rows, columns);

        void Norm(string name, int length) => weights.Add(Prefix + name, Array.ConvertAll(Values(length, 0.25f), value => 1 + value), length);

        float[] Values(int count, float most) => [.. Enumerable.Range(0, count).Select(_ => ((2 * random.NextSingle()) - 1) * most)];
    }

    // How many of the last layers can share: each needs an owning layer of its kind.
    private static int MostShared(bool[] full, int wanted)
    {
        while (wanted > 0 && full.TakeLast(wanted).Any(kind => !full.SkipLast(wanted).Contains(kind)))
        {
            wanted--;
        }

        return wanted;
    }

    private static T Pick<T>(Random random, params T[] values) => values[random.Next(values.Length)];

    private JsonObject Text()
    {
        JsonObject text = new()
        {
            ["hidden_size"] = Hidden,
            ["num_hidden_layers"] = Layers,
            ["num_attention_heads"] = Heads,
            ["num_key_value_heads"] = KeyValueHeads,
            ["head_dim"] = HeadDim,
            ["vocab_size"] = Vocab,
            ["vocab_size_per_layer_input"] = PerLayerVocab,
            ["hidden_size_per_layer_input"] = PerLayerWidth,
            ["laurel_rank"] = LaurelRank,
            ["altup_num_inputs"] = Streams,
            ["altup_active_idx"] = Active,
            ["num_kv_shared_layers"] = Shared,
            ["sliding_window"] = Window,
            ["final_logit_softcapping"] = Softcap,
            ["max_position_embeddings"] = 256,
            ["eos_token_id"] = new JsonArray(1, 3),
        };
        if (Older)
        {
            text["rope_theta"] = FullTheta;
            text["rope_local_base_freq"] = SlidingTheta;
            text["rope_scaling"] = null;
            text["intermediate_size"] = Widths[0];
            text["activation_sparsity_pattern"] = null;
        }
        else
        {
            text["rope_parameters"] = new JsonObject
            {
                ["full_attention"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = FullTheta },
                ["sliding_attention"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = SlidingTheta },
            };
            text["intermediate_size"] = new JsonArray([.. Widths.Select(width => (JsonNode)width)]);
            text["activation_sparsity_pattern"] = new JsonArray([.. Sparsity.Select(share => (JsonNode)share)]);
            text["layer_types"] = new JsonArray([.. Full.Select(one => (JsonNode)(one ? "full_attention" : "sliding_attention"))]);
        }

        AddUnless(Epsilon == 1e-6, "rms_norm_eps", Epsilon);
        AddUnless(!ErfGelu, "hidden_activation", ErfGelu ? "gelu" : "gelu_pytorch_tanh");
        AddUnless(CorrectScale, "altup_correct_scale", CorrectScale);
        AddUnless(Tied, "tie_word_embeddings", Tied);
        return text;

        void AddUnless(bool isDefault, string name, JsonNode value)
        {
            if (!isDefault || !Older)
            {
                text[name] = value;
            }
        }
    }
}
