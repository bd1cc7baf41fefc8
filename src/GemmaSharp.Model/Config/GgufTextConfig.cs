using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Model.Config;

/// <summary>Reads the decoder's config from the metadata and shapes of a GGUF file; what it leaves out is that of the real model.</summary>
internal static class GgufTextConfig
{
    public const string ArchitectureKey = "general.architecture";
    public const string Architecture = "gemma3n";

    private const int MaxLayers = 256;
    private const int MaxWidth = 1 << 20;
    private const int MaxHeads = 4096;
    private const int MaxTokens = 1 << 24;
    private const int FullEvery = 5;
    private const int OwningLayers = 20;
    private const int SparseLayers = 10;
    private const double SparseShare = 0.95;

    /// <summary>Refuses another model's file.</summary>
    public static void CheckArchitecture(GgufMetadata keys)
    {
        string? architecture = keys.Text(ArchitectureKey);
        if (architecture == GgufConfig.ProjectorArchitecture)
        {
            throw keys.Error("is a projector, for pictures and sound beside a model; give the model itself, and this file as its projector");
        }

        if (architecture != Architecture)
        {
            throw keys.Error($"{ArchitectureKey} is '{architecture ?? "missing"}', {Architecture} expected");
        }
    }

    public static TextConfig Read(GgufFile model, GgufVocabulary vocabulary)
    {
        GgufMetadata keys = model.Header;
        int layers = keys.Whole(Key("block_count"), 1, MaxLayers) ?? throw keys.Error($"{Key("block_count")} is missing");
        int hidden = keys.Whole(Key("embedding_length"), 1, MaxWidth) ?? throw keys.Error($"{Key("embedding_length")} is missing");
        double? softcap = keys.Number(Key("final_logit_softcapping"), 0, 1e9) ?? 30;
        TextConfig config = new()
        {
            HiddenSize = hidden,
            IntermediateSizes = keys.Each(Key("feed_forward_length"), layers, Width, $"whole numbers from 1 to {MaxWidth}")
                ?? throw keys.Error($"{Key("feed_forward_length")} is missing"),
            LayerKinds = LayerKinds(keys, layers),
            SparsityDeviations = Sparsity(keys, layers),
            HeadCount = keys.Whole(Key("attention.head_count"), 1, MaxHeads) ?? 8,
            KeyValueHeadCount = keys.Whole(Key("attention.head_count_kv"), 1, MaxHeads) ?? 2,
            HeadDim = HeadDim(keys),
            VocabSize = int.Min(vocabulary.Size, Rows(model, "token_embd.weight")),
            VocabSizePerLayerInput = int.Min(Rows(model, "per_layer_token_embd.weight"), vocabulary.Find("<end_of_image>") ?? int.MaxValue),
            HiddenSizePerLayerInput = keys.Whole(Key("embedding_length_per_layer_input"), 1, 65536) ?? 256,
            LaurelRank = model.Find("blk.0.laurel_l.weight") is null ? 64 : Rows(model, "blk.0.laurel_l.weight"),
            AltUpInputCount = keys.Whole(Key("altup.num_inputs"), 1, 16) ?? 4,
            AltUpActiveIndex = keys.Whole(Key("altup.active_idx"), 0, 15) ?? 0,
            AltUpCorrectScale = true,
            SharedLayerCount = keys.Whole(Key("attention.shared_kv_layers"), 0, MaxLayers) ?? int.Max(0, layers - OwningLayers),
            SlidingWindow = keys.Whole(Key("attention.sliding_window"), 1, MaxTokens) ?? 512,
            FullRopeTheta = keys.Number(Key("rope.freq_base"), 1, 1e12) ?? 1e6,
            SlidingRopeTheta = keys.Number(Key("rope.freq_base_swa"), 1, 1e12) ?? keys.Number(Key("rope.freq_base_local"), 1, 1e12) ?? 1e4,
            RmsNormEpsilon = (float)(keys.Number(Key("attention.layer_norm_rms_epsilon"), 0, 1) ?? 1e-6),
            HiddenActivation = HiddenActivation.GeluTanh,
            FinalLogitSoftcap = softcap > 0 ? (float)softcap : null,
            MaxPositionEmbeddings = keys.Whole(Key("context_length"), 1, MaxTokens) ?? 32768,
            TieWordEmbeddings = model.Find("output.weight") is null,
        };
        TextConfigCheck.Check(config, keys.Error);
        return config;
    }

    private static string Key(string name) => $"{Architecture}.{name}";

    private static int? Width(GgufValue value, int index) => value.Whole(index) is long width and > 0 and <= MaxWidth ? (int)width : null;

    private static int Rows(GgufFile model, string name) => model.Find(name) is not WeightEntry entry ? throw model.Header.Error($"tensor {name} is missing")
        : entry.Shape.Count == 2 && entry.Shape[0] is > 0 and <= MaxTokens ? (int)entry.Shape[0]
        : throw model.Header.Error($"tensor {name} has the shape {entry.ShapeText}, rows and columns expected");

    private static int HeadDim(GgufMetadata keys)
    {
        int length = keys.Whole(Key("attention.key_length"), 2, 8192) ?? keys.Whole(Key("head_dim"), 2, 8192) ?? 256;
        int values = keys.Whole(Key("attention.value_length"), 2, 8192) ?? length;
        return values == length ? length : throw keys.Error($"{Key("attention.value_length")} is {values}, key_length is {length}; equal lengths expected");
    }

    // A switch for every layer, or how many layers one full one comes in.
    private static LayerKind[] LayerKinds(GgufMetadata keys, int layers)
    {
        string key = Key("attention.sliding_window_pattern");
        int period = FullEvery;
        if (keys.Find(key) is { IsArray: true })
        {
            bool[] sliding = keys.Each(key, layers, (value, index) => value.Flag(index), "true or false for every layer") ?? [];
            return Array.ConvertAll(sliding, one => one ? LayerKind.Sliding : LayerKind.Full);
        }

        period = keys.Whole(key, 1, MaxLayers) ?? period;
        LayerKind[] kinds = new LayerKind[layers];
        for (int layer = 0; layer < layers; layer++)
        {
            kinds[layer] = (layer + 1) % period == 0 ? LayerKind.Full : LayerKind.Sliding;
        }

        return kinds;
    }

    // Any finite number is a cutoff, one below the mean too; minus infinity stands for none (text.md 2.3).
    private static float?[] Sparsity(GgufMetadata keys, int layers)
    {
        double[]? scales = keys.Each(Key("activation_sparsity_scale"), layers, (value, index) => value.Number(index), "numbers");
        if (scales is not null)
        {
            return Array.ConvertAll(scales, scale => double.IsFinite(scale) ? (float)scale : (float?)null);
        }

        float?[] pattern = new float?[layers];
        pattern.AsSpan(0, layers > SparseLayers ? SparseLayers : 0).Fill(NormalQuantile.Of(SparseShare));
        return pattern;
    }
}
