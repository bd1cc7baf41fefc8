using System.Text.Json.Nodes;
using CsCheck;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Sampling;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.Config;

/// <summary>Configs with absurd values: one clear line, soon, and no memory for sizes that no file holds.</summary>
public sealed class HostileConfigTests
{
    // Reading the fixture itself takes a few MB; a size that is believed would take hundreds.
    private const long MostBytes = 64 << 20;
    private const long Iterations = 400;

    [Theory]
    [InlineData("text_config.num_hidden_layers", "4000000000", "num_hidden_layers")]
    [InlineData("text_config.num_hidden_layers", "-1", "num_hidden_layers")]
    [InlineData("text_config.num_hidden_layers", "0", "num_hidden_layers")]
    [InlineData("text_config.num_hidden_layers", "5", "intermediate_size")]
    [InlineData("text_config.hidden_size", "-64", "hidden_size")]
    [InlineData("text_config.hidden_size", "1e300", "hidden_size")]
    [InlineData("text_config.hidden_size", "64.5", "hidden_size")]
    [InlineData("text_config.hidden_size", "\"64\"", "hidden_size")]
    [InlineData("text_config.hidden_size", "[64]", "hidden_size")]
    [InlineData("text_config.vocab_size", "99999999999", "vocab_size")]
    [InlineData("text_config.vocab_size", "0", "vocab_size")]
    [InlineData("text_config.vocab_size", "800", "vocab")]
    [InlineData("text_config.num_attention_heads", "3", "num_attention_heads")]
    [InlineData("text_config.num_key_value_heads", "0", "num_key_value_heads")]
    [InlineData("text_config.head_dim", "31", "head_dim")]
    [InlineData("text_config.head_dim", "0", "head_dim")]
    [InlineData("text_config.intermediate_size", "[128,128]", "intermediate_size")]
    [InlineData("text_config.intermediate_size", "[128,128,128,128,128,128,128]", "intermediate_size")]
    [InlineData("text_config.intermediate_size", "[128,128,128,-1,128,128]", "intermediate_size")]
    [InlineData("text_config.intermediate_size", "[128,128,128,100.5,128,128]", "intermediate_size")]
    [InlineData("text_config.activation_sparsity_pattern", "[0.95]", "activation_sparsity_pattern")]
    [InlineData("text_config.activation_sparsity_pattern", "[1,1,1,1,1,1]", "activation_sparsity_pattern")]
    [InlineData("text_config.activation_sparsity_pattern", "\"NaN\"", "activation_sparsity_pattern")]
    [InlineData("text_config.layer_types", "[\"full_attention\"]", "layer_types")]
    [InlineData("text_config.layer_types", "\"full_attention\"", "layer_types")]
    [InlineData("text_config.layer_types", "[1,2,3,4,5,6]", "layer_types")]
    [InlineData("text_config.layer_types", "[\"sliding_attention\",\"sliding_attention\",\"sliding_attention\",\"sliding_attention\",\"sliding_attention\",\"chunked\"]", "chunked")]
    [InlineData("text_config.num_kv_shared_layers", "6", "num_kv_shared_layers")]
    [InlineData("text_config.num_kv_shared_layers", "5", "num_kv_shared_layers")]
    [InlineData("text_config.num_kv_shared_layers", "-1", "num_kv_shared_layers")]
    [InlineData("text_config.altup_num_inputs", "0", "altup_num_inputs")]
    [InlineData("text_config.altup_num_inputs", "1000000", "altup_num_inputs")]
    [InlineData("text_config.altup_active_idx", "4", "altup_active_idx")]
    [InlineData("text_config.sliding_window", "0", "sliding_window")]
    [InlineData("text_config.rms_norm_eps", "-1", "rms_norm_eps")]
    [InlineData("text_config.rms_norm_eps", "1e999", "rms_norm_eps")]
    [InlineData("text_config.rms_norm_eps", "\"NaN\"", "rms_norm_eps")]
    [InlineData("text_config.final_logit_softcapping", "0", "final_logit_softcapping")]
    [InlineData("text_config.rope_parameters", "{\"full_attention\":{\"rope_type\":\"yarn\"}}", "rope_type")]
    [InlineData("text_config.rope_parameters", "{\"full_attention\":{\"rope_theta\":0}}", "rope_theta")]
    [InlineData("text_config.hidden_activation", "\"relu\"", "hidden_activation")]
    [InlineData("text_config.max_position_embeddings", "0", "max_position_embeddings")]
    [InlineData("text_config", "null", "text_config")]
    [InlineData("text_config", "[]", "text_config")]
    [InlineData("eos_token_id", "[]", "eos_token_id")]
    [InlineData("model_type", "\"gemma3\"", "gemma3")]
    [InlineData("model_type", "null", "model_type")]
    [InlineData("image_token_id", "1024", "image_token_id")]
    [InlineData("audio_token_id", "-3", "audio_token_id")]
    [InlineData("vision_soft_tokens_per_image", "255", "vision_soft_tokens_per_image")]
    [InlineData("audio_soft_tokens_per_image", "0", "audio_soft_tokens_per_image")]
    [InlineData("vision_config.hidden_size", "64", "hidden_size")]
    [InlineData("vision_config.vocab_size", "1000", "vocab")]
    [InlineData("audio_config.vocab_offset", "700", "vocab_offset")]
    [InlineData("audio_config.vocab_size", "64", "audio range")]
    [InlineData("audio_config.hidden_size", "97", "hidden_size")]
    [InlineData("audio_config.conf_num_attention_heads", "5", "conf_num_attention_heads")]
    [InlineData("audio_config.conf_num_hidden_layers", "3000000000", "conf_num_hidden_layers")]
    [InlineData("audio_config.conf_reduction_factor", "0", "conf_reduction_factor")]
    [InlineData("audio_config.conf_attention_context_left", "1000000", "conf_attention_context_left")]
    [InlineData("audio_config.sscp_conv_channel_size", "[32]", "sscp_conv_channel_size")]
    [InlineData("audio_config.sscp_conv_kernel_size", "[[3,3],[3]]", "sscp_conv_kernel_size")]
    [InlineData("audio_config.sscp_conv_stride_size", "[[2,2],[0,2]]", "sscp_conv_stride_size")]
    [InlineData("audio_config.input_feat_size", "64", "input_feat_size")]
    public void Load_OneAbsurdValue_OneLineThatNamesIt(string field, string value, string named)
    {
        string json = With(File.ReadAllText(Fixture.Path("TinyMm", "config.json")), field, value);

        Exception? error = Record(() => LoadModel(System.Text.Encoding.UTF8.GetBytes(json)), out long bytes);

        Assert.True(error is InvalidDataException or WeightException, $"{field} = {value}: {error}");
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.InRange(bytes, 0, MostBytes);
    }

    [Fact]
    public void Load_SpoiltConfig_LoadsOrOneLine()
    {
        string json = File.ReadAllText(Fixture.Path("TinyMm", "config.json"));
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                byte[] spoilt = Mutations.Json(json, new Random(seed));
                CheckRefusal(() => LoadModel(spoilt), seed);
            },
            iter: Iterations,
            threads: 1,
            seed: "0N0XIzNsQ0O2");
    }

    [Fact]
    public void Read_SpoiltProcessorAndGenerationConfigs_ReadOrOneLine()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string processor = File.ReadAllText(Fixture.Path("TinyMm", "preprocessor_config.json"));
        const string generation = """{"do_sample":true,"temperature":0.7,"top_k":64,"top_p":0.95,"min_p":0.05,"repetition_penalty":1.1,"eos_token_id":[1,106],"bos_token_id":2}""";
        string processorPath = Path.Combine(folder, "preprocessor_config.json"), generationPath = Path.Combine(folder, "generation_config.json");
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                File.WriteAllBytes(processorPath, Mutations.Json(processor, new Random(seed)));
                File.WriteAllBytes(generationPath, Mutations.Json(generation, new Random(seed)));
                CheckRefusal(() => ProcessorConfig.ReadFolder(folder), seed);
                CheckRefusal(() => SamplingSettings.From(new GenerationOptions(), GenerationConfig.Read(generationPath), 1024), seed);
            },
            iter: 2 * Iterations,
            threads: 1,
            seed: "0N0XIzNsQ0O2");
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("size", "{\"shortest_edge\":256}", "size")]
    [InlineData("size", "{\"height\":0,\"width\":256}", "height")]
    [InlineData("size", "{\"height\":100000,\"width\":256}", "height")]
    [InlineData("resample", "3", "resample")]
    [InlineData("do_resize", "false", "do_resize")]
    [InlineData("rescale_factor", "0", "rescale_factor")]
    [InlineData("sampling_rate", "0", "sampling_rate")]
    [InlineData("feature_size", "-128", "feature_size")]
    [InlineData("frame_length", "1000000000", "frame_length")]
    [InlineData("min_frequency", "7700", "min_frequency")]
    [InlineData("per_bin_stddev", "[1,2]", "per_bin_stddev")]
    [InlineData("mel_floor", "0", "mel_floor")]
    [InlineData("dither", "0.1", "dither")]
    [InlineData("hop_length_ms", "11", "hop_length")]
    public void ReadFolder_OneAbsurdValue_OneLineThatNamesIt(string field, string value, string named)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), With(File.ReadAllText(Fixture.Path("TinyMm", "preprocessor_config.json")), field, value));

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ProcessorConfig.ReadFolder(folder));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static void LoadModel(byte[] config)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, config);
            using ThreadTeam team = new(1);
            using IWeightSource source = WeightFiles.Open(Fixture.Path("TinyMm"));
            using Gemma3nModel model = Gemma3nModel.Load(source, ConfigJson.Read(path), ProcessorConfig.ReadFolder(Fixture.Path("TinyMm")), team);
            int[] ids = [.. ((int[])[2, 5, 7]).Take(model.Config.Text.MaxPositionEmbeddings)];
            using ModelState state = model.CreateState(ids.Length);
            float[] logits = new float[model.Config.Text.VocabSize];
            model.Forward(new ModelInput(ids), state, logits);
            Assert.All(logits, logit => Assert.True(float.IsFinite(logit)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void CheckRefusal(Action load, int seed)
    {
        Exception? error = Record(load, out long bytes);
        Assert.True(error is null or InvalidDataException or WeightException, $"seed {seed}: {error}");
        Assert.DoesNotContain('\n', error?.Message ?? "");
        Assert.InRange(bytes, 0, MostBytes);
    }

    private static Exception? Record(Action action, out long bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? error = Xunit.Record.Exception(action);
        bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        return error;
    }

    private static string With(string json, string field, string value)
    {
        const string mark = "@value@";
        JsonNode root = JsonNode.Parse(json)!;
        string[] names = field.Split('.');
        JsonNode parent = names.Length == 1 ? root : root[names[0]]!;
        parent[names[^1]] = mark;
        return root.ToJsonString().Replace($"\"{mark}\"", value, StringComparison.Ordinal);
    }
}
