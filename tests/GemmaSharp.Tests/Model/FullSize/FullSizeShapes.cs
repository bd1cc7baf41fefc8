namespace GemmaSharp.Tests.Model.FullSize;

/// <summary>Names and shapes of the released towers' tensors (vision.md 5 and 8.1, audio.md 7).</summary>
internal static class FullSizeShapes
{
    public static FormulaWeights Vision()
    {
        FormulaWeights weights = new();
        const string tower = "model.vision_tower.timm_model";
        weights.Add($"{tower}.conv_stem.conv.weight", 64, 3, 3, 3);
        weights.Add($"{tower}.conv_stem.conv.bias", 64);
        weights.Add($"{tower}.conv_stem.bn.weight", 64);
        for (int block = 0; block < 3; block++)
        {
            Edge(weights, $"{tower}.blocks.0.{block}", block == 0 ? 64 : 128, 128);
        }

        for (int block = 0; block < 5; block++)
        {
            Inverted(weights, $"{tower}.blocks.1.{block}", block == 0 ? 128 : 256, block == 0 ? 6 : 4, 256, start: block % 2 == 1 ? 5 : 3, middle: block == 0 ? 5 : 0);
        }

        for (int block = 0; block < 9; block++)
        {
            Inverted(weights, $"{tower}.blocks.2.{block}", block == 0 ? 256 : 640, block switch { 0 => 6, 8 => 1, _ => 4 }, 640, start: block == 8 ? 0 : 5, middle: block == 0 ? 5 : 0);
        }

        for (int block = 9; block < 37; block += 2)
        {
            Attention(weights, $"{tower}.blocks.2.{block}", 640, 12, 64, halved: true);
            Inverted(weights, $"{tower}.blocks.2.{block + 1}", 640, 2, 640, start: 0, middle: 0);
        }

        Inverted(weights, $"{tower}.blocks.3.0", 640, 6, 1280, start: 5, middle: 5);
        for (int block = 1; block < 39; block += 2)
        {
            Attention(weights, $"{tower}.blocks.3.{block}", 1280, 16, 96, halved: false);
            Inverted(weights, $"{tower}.blocks.3.{block + 1}", 1280, 2, 1280, start: 0, middle: 0);
        }

        Normed(weights, $"{tower}.msfa.ffn.pw_exp", 3840, 1920);
        Normed(weights, $"{tower}.msfa.ffn.pw_proj", 2048, 3840);
        weights.Add($"{tower}.msfa.norm.weight", 2048);
        Embedder(weights, "model.embed_vision", 2048);
        return weights;
    }

    public static FormulaWeights Audio()
    {
        const int width = 1536, headDim = 192, kernel = 5;
        const string tower = "model.audio_tower", front = $"{tower}.subsample_conv_projection";
        FormulaWeights weights = new();
        weights.Add($"{front}.conv_0.conv.weight", 128, 1, 3, 3);
        weights.Add($"{front}.conv_0.norm.weight", 128);
        weights.Add($"{front}.conv_1.conv.weight", 32, 128, 3, 3);
        weights.Add($"{front}.conv_1.norm.weight", 32);
        weights.Add($"{front}.input_proj_linear.weight", width, 1024);
        for (int block = 0; block < 12; block++)
        {
            string at = $"{tower}.conformer.{block}";
            foreach (string half in (string[])["ffw_layer_start", "ffw_layer_end"])
            {
                weights.Add($"{at}.{half}.pre_layer_norm.weight", width);
                weights.Add($"{at}.{half}.ffw_layer_1.weight", 4 * width, width);
                weights.Add($"{at}.{half}.ffw_layer_2.weight", width, 4 * width);
                weights.Add($"{at}.{half}.post_layer_norm.weight", width);
            }

            foreach (string square in (string[])["attn.q_proj", "attn.k_proj", "attn.v_proj", "attn.relative_position_embedding.pos_proj", "post"])
            {
                weights.Add($"{at}.attention.{square}.weight", width, width);
            }

            weights.Add($"{at}.attention.attn.per_dim_scale", headDim);
            foreach (string norm in (string[])["attention.pre_attn_norm", "attention.post_norm", "lconv1d.pre_layer_norm", "lconv1d.conv_norm", "norm"])
            {
                weights.Add($"{at}.{norm}.weight", width);
            }

            weights.Add($"{at}.lconv1d.linear_start.weight", 2 * width, width);
            weights.Add($"{at}.lconv1d.depthwise_conv1d.weight", width, 1, kernel);
            weights.Add($"{at}.lconv1d.linear_end.weight", width, width);
        }

        Embedder(weights, "model.embed_audio", width);
        return weights;
    }

    private static void Embedder(FormulaWeights weights, string at, int width)
    {
        weights.Add($"{at}.embedding.weight", 128, width);
        weights.Add($"{at}.hard_embedding_norm.weight", width);
        weights.Add($"{at}.soft_embedding_norm.weight", width);
        weights.Add($"{at}.embedding_projection.weight", 2048, width);
    }

    private static void Edge(FormulaWeights weights, string at, int inputs, int outputs)
    {
        weights.Add($"{at}.conv_exp.weight", 4 * inputs, inputs, 3, 3);
        weights.Add($"{at}.bn1.weight", 4 * inputs);
        weights.Add($"{at}.conv_pwl.weight", outputs, 4 * inputs, 1, 1);
        weights.Add($"{at}.bn2.weight", outputs);
    }

    private static void Inverted(FormulaWeights weights, string at, int inputs, int ratio, int outputs, int start, int middle)
    {
        int wide = inputs * ratio;
        Depthwise("dw_start", inputs, start);
        Normed(weights, $"{at}.pw_exp", wide, inputs);
        Depthwise("dw_mid", wide, middle);
        Normed(weights, $"{at}.pw_proj", outputs, wide);
        weights.Add($"{at}.layer_scale.gamma", outputs);

        void Depthwise(string name, int channels, int kernel)
        {
            if (kernel > 0)
            {
                weights.Add($"{at}.{name}.conv.weight", channels, 1, kernel, kernel);
                weights.Add($"{at}.{name}.bn.weight", channels);
            }
        }
    }

    private static void Attention(FormulaWeights weights, string at, int channels, int heads, int depth, bool halved)
    {
        weights.Add($"{at}.norm.weight", channels);
        weights.Add($"{at}.attn.query.proj.weight", heads * depth, channels, 1, 1);
        foreach (string source in (string[])["key", "value"])
        {
            if (halved)
            {
                weights.Add($"{at}.attn.{source}.down_conv.weight", channels, 1, 3, 3);
                weights.Add($"{at}.attn.{source}.norm.weight", channels);
            }

            weights.Add($"{at}.attn.{source}.proj.weight", depth, channels, 1, 1);
        }

        weights.Add($"{at}.attn.output.proj.weight", channels, heads * depth, 1, 1);
        weights.Add($"{at}.layer_scale.gamma", channels);
    }

    private static void Normed(FormulaWeights weights, string at, int outputs, int inputs)
    {
        weights.Add($"{at}.conv.weight", outputs, inputs, 1, 1);
        weights.Add($"{at}.bn.weight", outputs);
    }
}
