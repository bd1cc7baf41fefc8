using System.Text.Json;

namespace GemmaSharp.Model.Config;

/// <summary>Reads a Hugging Face config.json of a Gemma 3n model, in today's and in older spellings.</summary>
public static class ConfigJson
{
    private const int MaxBytes = 16 << 20;
    private const int MaxId = 1 << 24;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">Not a Gemma 3n config, or one with values that no model has; one line says which.</exception>
    public static Gemma3nConfig Read(string path)
    {
        using JsonDocument document = Open(path);
        return Read(new JsonFields(document.RootElement, path));
    }

    internal static JsonDocument Open(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                throw new InvalidDataException($"{path}: longer than {MaxBytes} bytes, too long for a config");
            }

            JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), Options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new InvalidDataException($"{path}: not a JSON object");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    internal static Gemma3nConfig Read(JsonFields root)
    {
        string? type = root.Text("model_type");
        return type switch
        {
            "gemma3n_text" => new Gemma3nConfig { Text = TextConfigJson.Read(root, root), BosTokenId = Bos(root, root), EosTokenIds = Eos(root, root) },
            "gemma3n" => ReadMultimodal(root),
            _ => throw root.Error($"model_type is '{type ?? "missing"}', gemma3n or gemma3n_text expected"),
        };
    }

    private static Gemma3nConfig ReadMultimodal(JsonFields root)
    {
        JsonFields text = root.Child("text_config") ?? throw root.Error("text_config is missing");
        TextConfig decoder = TextConfigJson.Read(text, root);
        Gemma3nConfig config = new()
        {
            Text = decoder,
            Vision = root.Child("vision_config") is JsonFields vision ? ReadVision(vision) : null,
            Audio = root.Child("audio_config") is JsonFields audio ? AudioConfigJson.Read(audio) : null,
            BosTokenId = Bos(root, text),
            EosTokenIds = Eos(root, text),
            BeginImageTokenId = root.Int("boi_token_id", 255999, 0, MaxId),
            EndImageTokenId = root.Int("eoi_token_id", 262144, 0, MaxId),
            ImageTokenId = root.Int("image_token_id", 262145, 0, MaxId),
            BeginAudioTokenId = root.Int("boa_token_id", 256000, 0, MaxId),
            EndAudioTokenId = root.Int("eoa_token_id", 262272, 0, MaxId),
            AudioTokenId = root.Int("audio_token_id", 262273, 0, MaxId),
            ImageSoftTokenCount = root.Int("vision_soft_tokens_per_image", 256, 1, 1 << 16),
            AudioSoftTokenCount = root.Int("audio_soft_tokens_per_image", 188, 1, 1 << 16),
        };
        Check(config, root);
        return config;
    }

    private static VisionConfig ReadVision(JsonFields fields) => new(
        fields.Int("hidden_size", 2048, 1, 1 << 16),
        (float)fields.Number("rms_norm_eps", 1e-6, 0, 1),
        fields.Int("vocab_offset", 262144, 0, MaxId),
        fields.Int("vocab_size", 128, 1, 1 << 20));

    // The ranges of the vocabulary lie inside it, and the audio range behind the image range, as embedding an id relies on.
    private static void Check(Gemma3nConfig config, JsonFields root)
    {
        if (config.Vision is VisionConfig vision && config.Audio is AudioConfig audio && audio.VocabOffset < vision.VocabOffset + vision.VocabSize)
        {
            throw root.Error($"audio_config.vocab_offset {audio.VocabOffset} lies inside the image range {vision.VocabOffset}+{vision.VocabSize}");
        }

        // Rows beyond a clip take the hard embedding of the vocabulary's last id (audio.md 6.3).
        if (config.Audio is AudioConfig range && (uint)(config.Text.VocabSize - 1 - range.VocabOffset) >= (uint)range.VocabSize)
        {
            throw root.Error(
                $"the last id of vocab_size {config.Text.VocabSize} pads clips, but lies outside the audio range {range.VocabOffset}+{range.VocabSize}");
        }

        CheckId("image_token_id", config.ImageTokenId, config.Vision is not null);
        CheckId("audio_token_id", config.AudioTokenId, config.Audio is not null);

        void CheckId(string name, int id, bool used)
        {
            if (used && id >= config.Text.VocabSize)
            {
                throw root.Error($"{name} is {id}, less than vocab_size {config.Text.VocabSize} expected");
            }
        }
    }

    private static int Bos(JsonFields root, JsonFields text) => root.Int("bos_token_id", text.Int("bos_token_id", 2, 0, MaxId), 0, MaxId);

    private static IReadOnlyList<int> Eos(JsonFields root, JsonFields text) =>
        root.IntOrList("eos_token_id", MaxId) ?? text.IntOrList("eos_token_id", MaxId) ?? [1];
}
