using System.Text.Json;

namespace GemmaSharp.Model.Config;

/// <summary>Reads the text part of config.json; missing fields take the reference's defaults (text.md 1.1).</summary>
internal static class TextConfigJson
{
    private const int MaxLayers = 1024;
    private const int MaxWidth = 1 << 20;
    private const int MaxVocabulary = 1 << 24;
    private const int FullEvery = 5;
    private const int SparseLayers = 10;

    public static TextConfig Read(JsonFields fields, JsonFields root)
    {
        int layers = fields.Int("num_hidden_layers", 35, 1, MaxLayers);
        TextConfig config = new()
        {
            HiddenSize = fields.Int("hidden_size", 2048, 1, MaxWidth),
            IntermediateSizes = IntermediateSizes(fields, layers),
            LayerKinds = LayerKinds(fields, layers),
            SparsityDeviations = Array.ConvertAll(Sparsity(fields, layers), share => share > 0 ? NormalQuantile.Of(share) : (float?)null),
            HeadCount = fields.Int("num_attention_heads", 8, 1, 4096),
            KeyValueHeadCount = fields.Int("num_key_value_heads", 2, 1, 4096),
            HeadDim = fields.Int("head_dim", 256, 2, 8192),
            VocabSize = fields.Int("vocab_size", 262400, 1, MaxVocabulary),
            VocabSizePerLayerInput = fields.Int("vocab_size_per_layer_input", 262144, 1, MaxVocabulary),
            HiddenSizePerLayerInput = fields.Int("hidden_size_per_layer_input", 256, 1, 65536),
            LaurelRank = fields.Int("laurel_rank", 64, 1, 65536),
            AltUpInputCount = fields.Int("altup_num_inputs", 4, 1, 16),
            AltUpActiveIndex = fields.Int("altup_active_idx", 0, 0, 15),
            AltUpCorrectScale = fields.Bool("altup_correct_scale", true),
            SharedLayerCount = fields.Int("num_kv_shared_layers", 15, 0, MaxLayers),
            SlidingWindow = fields.Int("sliding_window", 512, 1, 1 << 24),
            FullRopeTheta = Theta(fields, "full_attention", "rope_theta", 1e6),
            SlidingRopeTheta = Theta(fields, "sliding_attention", "rope_local_base_freq", 1e4),
            RmsNormEpsilon = (float)fields.Number("rms_norm_eps", 1e-6, 0, 1),
            HiddenActivation = Activation(fields),
            FinalLogitSoftcap = fields.IsNull("final_logit_softcapping") ? null : Softcap(fields),
            MaxPositionEmbeddings = fields.Int("max_position_embeddings", 32768, 1, 1 << 24),
            TieWordEmbeddings = root.Bool("tie_word_embeddings", fields.Bool("tie_word_embeddings", true)),
        };
        TextConfigCheck.Check(config, fields.Error);
        return config;
    }

    private static int[] IntermediateSizes(JsonFields fields, int layers)
    {
        if (fields.Has("intermediate_size") && fields.Element.GetProperty("intermediate_size").ValueKind == JsonValueKind.Array)
        {
            return fields.Ints("intermediate_size", layers, 1, MaxWidth) ?? [];
        }

        int[] widths = new int[layers];
        Array.Fill(widths, fields.Int("intermediate_size", 16384, 1, MaxWidth));
        return widths;
    }

    private static LayerKind[] LayerKinds(JsonFields fields, int layers)
    {
        LayerKind[] kinds = new LayerKind[layers];
        string[]? listed = fields.Texts("layer_types", MaxLayers);
        if (listed is not null && listed.Length != layers)
        {
            throw fields.Error($"layer_types lists {listed.Length} layers, num_hidden_layers says {layers}");
        }

        for (int layer = 0; layer < layers; layer++)
        {
            kinds[layer] = listed?[layer] switch
            {
                null => (layer + 1) % FullEvery == 0 ? LayerKind.Full : LayerKind.Sliding,
                "full_attention" => LayerKind.Full,
                "sliding_attention" => LayerKind.Sliding,
                string other => throw fields.Error($"layer_types[{layer}] is '{other}', full_attention or sliding_attention expected"),
            };
        }

        return kinds;
    }

    // Share of the gate's neurons that every layer silences.
    private static double[] Sparsity(JsonFields fields, int layers)
    {
        const double mostBelowOne = 0.999999;
        if (fields.Has("activation_sparsity_pattern") && fields.Element.GetProperty("activation_sparsity_pattern").ValueKind == JsonValueKind.Number)
        {
            double[] same = new double[layers];
            Array.Fill(same, fields.Number("activation_sparsity_pattern", 0, 0, mostBelowOne));
            return same;
        }

        double[]? listed = fields.Numbers("activation_sparsity_pattern", layers, 0, mostBelowOne);
        if (listed is not null)
        {
            return listed;
        }

        double[] pattern = new double[layers];
        pattern.AsSpan(0, layers > SparseLayers ? SparseLayers : 0).Fill(0.95);
        return pattern;
    }

    private static double Theta(JsonFields fields, string kind, string older, double missing)
    {
        JsonFields? rope = fields.Child("rope_parameters")?.Child(kind);
        if (rope is JsonFields parameters)
        {
            return parameters.Text("rope_type") is null or "default"
                ? parameters.Number("rope_theta", missing, 1, 1e12)
                : throw fields.Error($"rope_parameters.{kind}.rope_type is '{parameters.Text("rope_type")}', only default is supported");
        }

        return fields.Has("rope_scaling") ? throw fields.Error("rope_scaling is set, null expected") : fields.Number(older, missing, 1, 1e12);
    }

    private static HiddenActivation Activation(JsonFields fields) => (fields.Text("hidden_activation") ?? fields.Text("hidden_act")) switch
    {
        null or "gelu_pytorch_tanh" => HiddenActivation.GeluTanh,
        "gelu" => HiddenActivation.Gelu,
        string other => throw fields.Error($"hidden_activation is '{other}', gelu_pytorch_tanh or gelu expected"),
    };

    private static float Softcap(JsonFields fields) => (float)fields.Number("final_logit_softcapping", 30, 1e-6, 1e9);
}
