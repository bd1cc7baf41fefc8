using System.Text;
using System.Text.Json.Nodes;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Conversion;

/// <summary>The files beside the weights of a UQFF folder, made from what a GGUF model says in its metadata.</summary>
internal static class GgufSideFiles
{
    /// <summary>Names and bytes.</summary>
    /// <exception cref="InvalidDataException">The model's table lacks the ids of pictures and sounds, which a config.json cannot say.</exception>
    public static IReadOnlyDictionary<string, byte[]> Make(ModelFiles files)
    {
        Gemma3nConfig config = files.Config;
        if (config.InputVocabSize > config.Text.VocabSize)
        {
            throw new InvalidDataException(
                $"{files.Source.Path}: its table of {config.Text.VocabSize} rows ends before the ids of pictures and sounds, {config.InputVocabSize} rows expected; convert the model anew, or name its Hugging Face folder");
        }

        JsonObject tokenizer = new() { ["bos_token"] = files.Tokenizer.TokenText(config.BosTokenId), ["eos_token"] = files.Tokenizer.TokenText(config.EosTokenIds[0]) };
        Dictionary<string, byte[]> made = new()
        {
            ["config.json"] = UqffSideFiles.JsonBytes(ConfigWriter.Write(config)),
            ["tokenizer.json"] = files.Tokenizer.ToJson(),
            ["generation_config.json"] = UqffSideFiles.JsonBytes(Generation(config, files.Generation)),
        };
        if (files.Template?.Source is string template)
        {
            tokenizer["chat_template"] = template;
            made["chat_template.jinja"] = Encoding.UTF8.GetBytes(template);
        }

        made["tokenizer_config.json"] = UqffSideFiles.JsonBytes(tokenizer);
        if (config.Vision is not null || config.Audio is not null)
        {
            made["preprocessor_config.json"] = UqffSideFiles.JsonBytes(Processor(files.Processor));
        }

        return made;
    }

    private static JsonObject Generation(Gemma3nConfig config, GenerationConfig generation) => new()
    {
        ["bos_token_id"] = config.BosTokenId,
        ["eos_token_id"] = new JsonArray([.. config.EosTokenIds.Select(id => (JsonNode)id)]),
        ["do_sample"] = generation.DoSample,
        ["temperature"] = generation.Temperature,
        ["top_k"] = generation.TopK,
        ["top_p"] = generation.TopP,
        ["min_p"] = generation.MinP,
        ["repetition_penalty"] = generation.RepetitionPenalty,
    };

    private static JsonObject Processor(ProcessorConfig processor) => new()
    {
        ["processor_class"] = "Gemma3nProcessor",
        ["size"] = new JsonObject { ["height"] = processor.ImageHeight, ["width"] = processor.ImageWidth },
        ["do_resize"] = true,
        ["do_rescale"] = true,
        ["do_normalize"] = processor.Normalize,
        ["rescale_factor"] = processor.RescaleFactor,
        ["image_mean"] = new JsonArray([.. processor.Mean.Select(value => (JsonNode)value)]),
        ["image_std"] = new JsonArray([.. processor.Deviation.Select(value => (JsonNode)value)]),
        ["feature_size"] = processor.Mel.BinCount,
        ["sampling_rate"] = processor.Mel.SampleRate,
        ["frame_length"] = processor.Mel.FrameLength,
        ["hop_length"] = processor.Mel.HopLength,
        ["min_frequency"] = processor.Mel.MinFrequency,
        ["max_frequency"] = processor.Mel.MaxFrequency,
        ["preemphasis"] = processor.Mel.Preemphasis,
        ["preemphasis_htk_flavor"] = processor.Mel.HtkPreemphasis,
        ["mel_floor"] = processor.Mel.Floor,
    };
}
