using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Benchmarks;

/// <summary>The tensors of the published image and audio towers.</summary>
internal static class RealTowers
{
    public const string Vision = "model.vision_tower.timm_model";
    public const string Audio = "model.audio_tower";
    private const int AudioHidden = 1536;
    private const int AudioLayers = 12;

    public static FormulaSource VisionSource(WeightType type)
    {
        FormulaSource source = new(type);
        source.Add($"{Vision}.conv_stem.conv.weight", 64, 3, 3, 3);
        source.Add($"{Vision}.conv_stem.conv.bias", 64);
        source.Add($"{Vision}.conv_stem.bn.weight", 64);
        Edge(source, 0, 64, 256, 128);
        Edge(source, 1, 128, 512, 128);
        Edge(source, 2, 128, 512, 128);
        Inverted(source, "blocks.1.0", 128, 768, 256, start: 3, middle: 5);
        for (int block = 1; block < 5; block++)
        {
            Inverted(source, $"blocks.1.{block}", 256, 1024, 256, start: block % 2 == 1 ? 5 : 3, middle: 0);
        }

        Inverted(source, "blocks.2.0", 256, 1536, 640, start: 5, middle: 5);
        for (int block = 1; block < 37; block++)
        {
            if (block >= 9 && block % 2 == 1)
            {
                Attention(source, $"blocks.2.{block}", 640, heads: 12, depth: 64, halved: true);
            }
            else
            {
                Inverted(source, $"blocks.2.{block}", 640, block < 8 ? 2560 : block == 8 ? 640 : 1280, 640, start: block < 8 ? 5 : 0, middle: 0);
            }
        }

        Inverted(source, "blocks.3.0", 640, 3840, 1280, start: 5, middle: 5);
        for (int block = 1; block < 39; block++)
        {
            if (block % 2 == 1)
            {
                Attention(source, $"blocks.3.{block}", 1280, heads: 16, depth: 96, halved: false);
            }
            else
            {
                Inverted(source, $"blocks.3.{block}", 1280, 2560, 1280, start: 0, middle: 0);
            }
        }

        Inverted(source, "msfa.ffn", 1920, 3840, 2048, start: 0, middle: 0, scaled: false);
        source.Add($"{Vision}.msfa.norm.weight", 2048);
        return source;
    }

    public static FormulaSource AudioSource(WeightType type)
    {
        FormulaSource source = new(type);
        const string front = $"{Audio}.subsample_conv_projection";
        source.Add($"{front}.conv_0.conv.weight", 128, 1, 3, 3);
        source.Add($"{front}.conv_0.norm.weight", 128);
        source.Add($"{front}.conv_1.conv.weight", 32, 128, 3, 3);
        source.Add($"{front}.conv_1.norm.weight", 32);
        source.Add($"{front}.input_proj_linear.weight", AudioHidden, 1024);
        for (int layer = 0; layer < AudioLayers; layer++)
        {
            Conformer(source, $"{Audio}.conformer.{layer}");
        }

        return source;
    }

    private static void Edge(FormulaSource source, int block, int inputs, int middle, int outputs)
    {
        string path = $"{Vision}.blocks.0.{block}";
        source.Add($"{path}.conv_exp.weight", middle, inputs, 3, 3);
        source.Add($"{path}.bn1.weight", middle);
        source.Add($"{path}.conv_pwl.weight", outputs, middle, 1, 1);
        source.Add($"{path}.bn2.weight", outputs);
    }

    private static void Inverted(FormulaSource source, string block, int inputs, int wide, int outputs, int start, int middle, bool scaled = true)
    {
        string path = $"{Vision}.{block}";
        if (start > 0)
        {
            source.Add($"{path}.dw_start.conv.weight", inputs, 1, start, start);
            source.Add($"{path}.dw_start.bn.weight", inputs);
        }

        source.Add($"{path}.pw_exp.conv.weight", wide, inputs, 1, 1);
        source.Add($"{path}.pw_exp.bn.weight", wide);
        if (middle > 0)
        {
            source.Add($"{path}.dw_mid.conv.weight", wide, 1, middle, middle);
            source.Add($"{path}.dw_mid.bn.weight", wide);
        }

        source.Add($"{path}.pw_proj.conv.weight", outputs, wide, 1, 1);
        source.Add($"{path}.pw_proj.bn.weight", outputs);
        if (scaled)
        {
            source.Add($"{path}.layer_scale.gamma", outputs);
        }
    }

    private static void Attention(FormulaSource source, string block, int channels, int heads, int depth, bool halved)
    {
        string path = $"{Vision}.{block}";
        source.Add($"{path}.norm.weight", channels);
        source.Add($"{path}.attn.query.proj.weight", heads * depth, channels, 1, 1);
        foreach (string part in (ReadOnlySpan<string>)["key", "value"])
        {
            if (halved)
            {
                source.Add($"{path}.attn.{part}.down_conv.weight", channels, 1, 3, 3);
                source.Add($"{path}.attn.{part}.norm.weight", channels);
            }

            source.Add($"{path}.attn.{part}.proj.weight", depth, channels, 1, 1);
        }

        source.Add($"{path}.attn.output.proj.weight", channels, heads * depth, 1, 1);
        source.Add($"{path}.layer_scale.gamma", channels);
    }

    private static void Conformer(FormulaSource source, string path)
    {
        foreach (string part in (ReadOnlySpan<string>)["ffw_layer_start", "ffw_layer_end"])
        {
            source.Add($"{path}.{part}.pre_layer_norm.weight", AudioHidden);
            source.Add($"{path}.{part}.ffw_layer_1.weight", 4 * AudioHidden, AudioHidden);
            source.Add($"{path}.{part}.ffw_layer_2.weight", AudioHidden, 4 * AudioHidden);
            source.Add($"{path}.{part}.post_layer_norm.weight", AudioHidden);
        }

        source.Add($"{path}.attention.pre_attn_norm.weight", AudioHidden);
        source.Add($"{path}.attention.attn.per_dim_scale", AudioHidden / 8);
        foreach (string part in (ReadOnlySpan<string>)["attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.relative_position_embedding.pos_proj", "post"])
        {
            source.Add($"{path}.attention.{part}.weight", AudioHidden, AudioHidden);
        }

        source.Add($"{path}.attention.post_norm.weight", AudioHidden);
        source.Add($"{path}.lconv1d.pre_layer_norm.weight", AudioHidden);
        source.Add($"{path}.lconv1d.linear_start.weight", 2 * AudioHidden, AudioHidden);
        source.Add($"{path}.lconv1d.depthwise_conv1d.weight", AudioHidden, 1, 5);
        source.Add($"{path}.lconv1d.conv_norm.weight", AudioHidden);
        source.Add($"{path}.lconv1d.linear_end.weight", AudioHidden, AudioHidden);
        source.Add($"{path}.norm.weight", AudioHidden);
    }
}
