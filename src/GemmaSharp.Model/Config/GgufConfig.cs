using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Model.Config;

/// <summary>Reads a model's config from the metadata and shapes of a GGUF file and of the projector beside it.</summary>
public static class GgufConfig
{
    /// <summary>What a projector names as its architecture.</summary>
    public const string ProjectorArchitecture = "clip";

    private const string VisionType = "gemma3nv";
    private const string AudioType = "gemma3na";
    private static readonly string[] Projections = ["mm.input_projection.weight", "mm.a.input_projection.weight"];

    /// <summary>The config; without a projector the model takes text only.</summary>
    /// <exception cref="WeightException">Not a Gemma 3n model or projector, or with values that none has.</exception>
    public static Gemma3nConfig Read(GgufFile model, GgufFile? projector)
    {
        GgufTextConfig.CheckArchitecture(model.Header);
        GgufVocabulary vocabulary = new(model.Header);
        TextConfig text = GgufTextConfig.Read(model, vocabulary);
        int imageOffset = vocabulary.Find("<end_of_image>") ?? text.VocabSize;
        VisionConfig? vision = Has(projector, "vision", VisionType) is GgufFile eyes ? Fitting(Vision(eyes, imageOffset), eyes, text) : null;
        int audioOffset = vocabulary.Find("<end_of_audio>") ?? imageOffset + (vision?.VocabSize ?? 0);
        AudioConfig? audio = Has(projector, "audio", AudioType) is GgufFile ears ? GgufAudioConfig.Read(ears, audioOffset) : null;
        if (vision is not null && audio is not null && audioOffset < imageOffset + vision.VocabSize)
        {
            throw model.Header.Error($"the ids of sounds, from {audioOffset}, lie inside those of pictures, {imageOffset}+{vision.VocabSize}");
        }

        return new Gemma3nConfig
        {
            Text = text,
            Vision = vision,
            Audio = audio,
            BosTokenId = vocabulary.Begin,
            EosTokenIds = vocabulary.Ends(),
            BeginImageTokenId = vocabulary.Find("<start_of_image>") ?? imageOffset,
            EndImageTokenId = imageOffset,
            ImageTokenId = vocabulary.Find("<image_soft_token>") ?? imageOffset + 1,
            BeginAudioTokenId = vocabulary.Find("<start_of_audio>") ?? audioOffset,
            EndAudioTokenId = audioOffset,
            AudioTokenId = vocabulary.Find("<audio_soft_token>") ?? audioOffset + 1,
            ImageSoftTokenCount = 256,
            AudioSoftTokenCount = 188,
        };
    }

    /// <summary>Whether a file says of itself that it is a model of this kind.</summary>
    public static bool IsModel(GgufFile file) => file.Header.Find(GgufTextConfig.ArchitectureKey)?.Text() == GgufTextConfig.Architecture;

    /// <summary>Whether a file says of itself that it is a projector.</summary>
    public static bool IsProjector(GgufFile file) => file.Header.Find(GgufTextConfig.ArchitectureKey)?.Text() == ProjectorArchitecture;

    /// <summary>The towers of a projector without its model, and so without the ids of their vocabularies.</summary>
    /// <exception cref="WeightException">A tower of another model, or with values that none has.</exception>
    public static (VisionConfig? Vision, AudioConfig? Audio) ReadTowers(GgufFile projector) => (
        Has(projector, "vision", VisionType) is GgufFile eyes ? Vision(eyes, offset: 0) : null,
        Has(projector, "audio", AudioType) is GgufFile ears ? GgufAudioConfig.Read(ears, vocabOffset: 0) : null);

    /// <summary>Whether a projector makes rows of the model's width.</summary>
    public static bool Fits(GgufFile model, GgufFile projector) => model.Find("output_norm.weight") is WeightEntry norm
        && Projections.Any(name => projector.Find(name) is WeightEntry matrix && matrix.Shape[0] == norm.Shape[0]);

    /// <summary>How the projector wants pictures and sound prepared; without one, as the real model's does.</summary>
    /// <exception cref="WeightException">A value that no model has.</exception>
    public static ProcessorConfig ReadProcessor(GgufFile? projector)
    {
        if (projector is null)
        {
            return new ProcessorConfig();
        }

        GgufMetadata keys = projector.Header;
        int side = keys.Whole("clip.vision.image_size", 1, 8192) ?? 768;
        float[] mean = Channels(keys, "clip.vision.image_mean") ?? [0, 0, 0], deviation = Channels(keys, "clip.vision.image_std") ?? [1, 1, 1];
        return new ProcessorConfig
        {
            ImageWidth = side,
            ImageHeight = side,
            Normalize = mean.Any(value => value != 0) || deviation.Any(value => value != 1),
            Mean = mean,
            Deviation = deviation,
            Mel = new MelConfig { BinCount = keys.Whole("clip.audio.num_mel_bins", 1, 4096) ?? 128 },
        };
    }

    // The projector, if it brings the tower; the first files had one type for all of it.
    private static GgufFile? Has(GgufFile? projector, string side, string expected)
    {
        if (projector is null || projector.Header.Flag($"clip.has_{side}_encoder") != true)
        {
            return null;
        }

        string? type = projector.Header.Text($"clip.{side}.projector_type") ?? projector.Header.Text("clip.projector_type");
        return type == expected ? projector : throw projector.Header.Error($"its {side} projector is '{type ?? "missing"}', {expected} expected");
    }

    private static VisionConfig Vision(GgufFile projector, int offset) => new(
        GgufAudioConfig.Size(projector, "mm.embedding.weight", 1, 2), 1e-6f, offset, GgufAudioConfig.Size(projector, "mm.embedding.weight", 0, 2));

    private static VisionConfig Fitting(VisionConfig vision, GgufFile projector, TextConfig text)
    {
        int width = GgufAudioConfig.Size(projector, "mm.input_projection.weight", 0, 2);
        return width == text.HiddenSize
            ? vision
            : throw projector.Header.Error($"projects to a width of {width}, the model's is {text.HiddenSize}; does the projector belong to this model?");
    }

    private static float[]? Channels(GgufMetadata keys, string key) =>
        keys.Each(key, 3, (value, index) => value.Number(index) is double number && double.IsFinite(number) ? (float?)number : null, "three numbers");
}
