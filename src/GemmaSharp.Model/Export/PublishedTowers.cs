using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Export;

/// <summary>The tensors of the published image and audio towers and their embedders, the same in every size of the model, made of nothing.</summary>
public sealed class PublishedTowers
{
    private const string VisionPath = "model.vision_tower.timm_model";
    private const string AudioPath = "model.audio_tower";
    private const int DecoderWidth = 2048;
    private const int VisionHidden = 2048;
    private const int MediaIds = 128; // of each kind, behind the text's
    private const int AudioHidden = 1536;
    private const int AudioLayers = 12;
    private const int AudioHeads = 8;
    private readonly List<WeightEntry> _entries = [];

    private PublishedTowers()
    {
    }

    /// <summary>The audio tower's sizes.</summary>
    public static AudioConfig Audio { get; } = new()
    {
        VocabOffset = 262272,
        VocabSize = MediaIds,
        InputFeatureSize = 128,
        HiddenSize = AudioHidden,
        RmsNormEpsilon = 1e-6f,
        GradientClipping = 1e10f,
        ContextLeft = 13,
        ContextRight = 0,
        LogitCap = 50,
        HeadCount = AudioHeads,
        LayerCount = AudioLayers,
        ConvKernelSize = 5,
        ReductionFactor = 4,
        ResidualWeight = 0.5f,
        SubsampleChannels = [128, 32],
        GroupNormEpsilon = 1e-3f,
        SubsampleKernels = [(3, 3), (3, 3)],
        SubsampleStrides = [(2, 2), (2, 2)],
    };

    /// <summary>The image tower's sizes.</summary>
    public static VisionConfig Vision { get; } = new(VisionHidden, 1e-6f, VocabOffset: 262144, VocabSize: MediaIds);

    /// <summary>Canonical names and shapes of the image tower.</summary>
    public static IReadOnlyList<WeightEntry> VisionEntries()
    {
        PublishedTowers towers = new();
        towers.AddVision();
        return towers._entries;
    }

    /// <summary>Canonical names and shapes of the audio tower.</summary>
    public static IReadOnlyList<WeightEntry> AudioEntries()
    {
        PublishedTowers towers = new();
        towers.AddAudio();
        return towers._entries;
    }

    /// <summary>Canonical names and shapes of both towers and their embedders.</summary>
    public static IReadOnlyList<WeightEntry> Entries()
    {
        PublishedTowers towers = new();
        towers.AddVision();
        towers.AddAudio();
        towers.Embedder("model.embed_vision", VisionHidden);
        towers.Embedder("model.embed_audio", AudioHidden);
        return towers._entries;
    }

    private void Add(string name, params ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
        {
            count *= size;
        }

        _entries.Add(new WeightEntry(name, "BF16", shape.ToArray(), Offset: 0, count * sizeof(ushort), "published shapes"));
    }

    private void Embedder(string path, int hidden)
    {
        Add($"{path}.embedding.weight", MediaIds, hidden);
        Add($"{path}.hard_embedding_norm.weight", hidden);
        Add($"{path}.soft_embedding_norm.weight", hidden);
        Add($"{path}.embedding_projection.weight", DecoderWidth, hidden);
    }

    private void AddVision()
    {
        Add($"{VisionPath}.conv_stem.conv.weight", 64, 3, 3, 3);
        Add($"{VisionPath}.conv_stem.conv.bias", 64);
        Add($"{VisionPath}.conv_stem.bn.weight", 64);
        Edge(0, 64, 256, 128);
        Edge(1, 128, 512, 128);
        Edge(2, 128, 512, 128);
        Inverted("blocks.1.0", 128, 768, 256, start: 3, middle: 5);
        for (int block = 1; block < 5; block++)
        {
            Inverted($"blocks.1.{block}", 256, 1024, 256, start: block % 2 == 1 ? 5 : 3, middle: 0);
        }

        Inverted("blocks.2.0", 256, 1536, 640, start: 5, middle: 5);
        for (int block = 1; block < 37; block++)
        {
            if (block >= 9 && block % 2 == 1)
            {
                Attention($"blocks.2.{block}", 640, heads: 12, depth: 64, halved: true);
            }
            else
            {
                Inverted($"blocks.2.{block}", 640, block < 8 ? 2560 : block == 8 ? 640 : 1280, 640, start: block < 8 ? 5 : 0, middle: 0);
            }
        }

        Inverted("blocks.3.0", 640, 3840, 1280, start: 5, middle: 5);
        for (int block = 1; block < 39; block++)
        {
            if (block % 2 == 1)
            {
                Attention($"blocks.3.{block}", 1280, heads: 16, depth: 96, halved: false);
            }
            else
            {
                Inverted($"blocks.3.{block}", 1280, 2560, 1280, start: 0, middle: 0);
            }
        }

        Inverted("msfa.ffn", 1920, 3840, 2048, start: 0, middle: 0, scaled: false);
        Add($"{VisionPath}.msfa.norm.weight", 2048);
    }

    private void AddAudio()
    {
        const string front = $"{AudioPath}.subsample_conv_projection";
        Add($"{front}.conv_0.conv.weight", 128, 1, 3, 3);
        Add($"{front}.conv_0.norm.weight", 128);
        Add($"{front}.conv_1.conv.weight", 32, 128, 3, 3);
        Add($"{front}.conv_1.norm.weight", 32);
        Add($"{front}.input_proj_linear.weight", AudioHidden, 1024);
        for (int layer = 0; layer < AudioLayers; layer++)
        {
            Conformer($"{AudioPath}.conformer.{layer}");
        }
    }

    private void Edge(int block, int inputs, int middle, int outputs)
    {
        string path = $"{VisionPath}.blocks.0.{block}";
        Add($"{path}.conv_exp.weight", middle, inputs, 3, 3);
        Add($"{path}.bn1.weight", middle);
        Add($"{path}.conv_pwl.weight", outputs, middle, 1, 1);
        Add($"{path}.bn2.weight", outputs);
    }

    private void Inverted(string block, int inputs, int wide, int outputs, int start, int middle, bool scaled = true)
    {
        string path = $"{VisionPath}.{block}";
        if (start > 0)
        {
            Add($"{path}.dw_start.conv.weight", inputs, 1, start, start);
            Add($"{path}.dw_start.bn.weight", inputs);
        }

        Add($"{path}.pw_exp.conv.weight", wide, inputs, 1, 1);
        Add($"{path}.pw_exp.bn.weight", wide);
        if (middle > 0)
        {
            Add($"{path}.dw_mid.conv.weight", wide, 1, middle, middle);
            Add($"{path}.dw_mid.bn.weight", wide);
        }

        Add($"{path}.pw_proj.conv.weight", outputs, wide, 1, 1);
        Add($"{path}.pw_proj.bn.weight", outputs);
        if (scaled)
        {
            Add($"{path}.layer_scale.gamma", outputs);
        }
    }

    private void Attention(string block, int channels, int heads, int depth, bool halved)
    {
        string path = $"{VisionPath}.{block}";
        Add($"{path}.norm.weight", channels);
        Add($"{path}.attn.query.proj.weight", heads * depth, channels, 1, 1);
        foreach (string part in (ReadOnlySpan<string>)["key", "value"])
        {
            if (halved)
            {
                Add($"{path}.attn.{part}.down_conv.weight", channels, 1, 3, 3);
                Add($"{path}.attn.{part}.norm.weight", channels);
            }

            Add($"{path}.attn.{part}.proj.weight", depth, channels, 1, 1);
        }

        Add($"{path}.attn.output.proj.weight", channels, heads * depth, 1, 1);
        Add($"{path}.layer_scale.gamma", channels);
    }

    private void Conformer(string path)
    {
        foreach (string part in (ReadOnlySpan<string>)["ffw_layer_start", "ffw_layer_end"])
        {
            Add($"{path}.{part}.pre_layer_norm.weight", AudioHidden);
            Add($"{path}.{part}.ffw_layer_1.weight", 4 * AudioHidden, AudioHidden);
            Add($"{path}.{part}.ffw_layer_2.weight", AudioHidden, 4 * AudioHidden);
            Add($"{path}.{part}.post_layer_norm.weight", AudioHidden);
        }

        Add($"{path}.attention.pre_attn_norm.weight", AudioHidden);
        Add($"{path}.attention.attn.per_dim_scale", AudioHidden / AudioHeads);
        foreach (string part in (ReadOnlySpan<string>)["attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.relative_position_embedding.pos_proj", "post"])
        {
            Add($"{path}.attention.{part}.weight", AudioHidden, AudioHidden);
        }

        Add($"{path}.attention.post_norm.weight", AudioHidden);
        Add($"{path}.lconv1d.pre_layer_norm.weight", AudioHidden);
        Add($"{path}.lconv1d.linear_start.weight", 2 * AudioHidden, AudioHidden);
        Add($"{path}.lconv1d.depthwise_conv1d.weight", AudioHidden, 1, 5);
        Add($"{path}.lconv1d.conv_norm.weight", AudioHidden);
        Add($"{path}.lconv1d.linear_end.weight", AudioHidden, AudioHidden);
        Add($"{path}.norm.weight", AudioHidden);
    }
}
