using System.Text.Json;

namespace GemmaSharp.Model.Config;

/// <summary>Reads the audio part of config.json.</summary>
internal static class AudioConfigJson
{
    private const int MaxWidth = 1 << 16;

    public static AudioConfig Read(JsonFields fields)
    {
        AudioConfig config = new()
        {
            VocabOffset = fields.Int("vocab_offset", 262272, 0, 1 << 24),
            VocabSize = fields.Int("vocab_size", 128, 1, 1 << 20),
            InputFeatureSize = fields.Int("input_feat_size", 128, 1, 4096),
            HiddenSize = fields.Int("hidden_size", 1536, 2, MaxWidth),
            RmsNormEpsilon = (float)fields.Number("rms_norm_eps", 1e-6, 0, 1),
            GradientClipping = (float)fields.Number("gradient_clipping", 1e10, 0, 1e30),
            ContextLeft = fields.Int("conf_attention_context_left", 13, 1, 4096),
            ContextRight = fields.Int("conf_attention_context_right", 0, 0, 4096),
            LogitCap = (float)fields.Number("conf_attention_logit_cap", 50, 1e-6, 1e9),
            HeadCount = fields.Int("conf_num_attention_heads", 8, 1, 1024),
            LayerCount = fields.Int("conf_num_hidden_layers", 12, 1, 1024),
            ConvKernelSize = fields.Int("conf_conv_kernel_size", 5, 1, 1024),
            ReductionFactor = fields.Int("conf_reduction_factor", 4, 1, 1024),
            ResidualWeight = (float)fields.Number("conf_residual_weight", 0.5, -1e6, 1e6),
            SubsampleChannels = fields.Ints("sscp_conv_channel_size", 2, 1, MaxWidth) ?? [128, 32],
            GroupNormEpsilon = (float)fields.Number("sscp_conv_group_norm_eps", 1e-3, 0, 1),
            SubsampleKernels = Pairs(fields, "sscp_conv_kernel_size", 3, 64),
            SubsampleStrides = Pairs(fields, "sscp_conv_stride_size", 2, 64),
        };
        return config.HiddenSize % config.HeadCount == 0 && config.HiddenSize % 2 == 0
            ? config
            : throw fields.Error($"hidden_size {config.HiddenSize} must be even and divisible by conf_num_attention_heads {config.HeadCount}");
    }

    private static (int Time, int Frequency)[] Pairs(JsonFields fields, string name, int missing, int most)
    {
        JsonElement[]? pairs = fields.Array(name, 2);
        if (pairs is null)
        {
            return [(missing, missing), (missing, missing)];
        }

        (int, int)[] read = new (int, int)[2];
        for (int index = 0; index < read.Length; index++)
        {
            read[index] = pairs.Length == 2 && pairs[index].ValueKind == JsonValueKind.Array && pairs[index].GetArrayLength() == 2
                && JsonFields.Whole(pairs[index][0], 1, most) is int time && JsonFields.Whole(pairs[index][1], 1, most) is int frequency
                ? (time, frequency)
                : throw fields.Wrong(name, fields.Element.GetProperty(name), $"two pairs (time, frequency) of whole numbers from 1 to {most}");
        }

        return read;
    }
}
