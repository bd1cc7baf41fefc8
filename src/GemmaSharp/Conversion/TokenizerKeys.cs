using System.Text.Json;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Tokenization.SentencePiece;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Conversion;

/// <summary>The tokenizer.* keys of a converted file (formats.md 2.3).</summary>
internal static class TokenizerKeys
{
    // The token in tokenizer_config.json and the key of its id.
    private static readonly (string Token, string Key)[] Special =
    [
        ("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("sep_token", "seperator"),
        ("pad_token", "padding"), ("cls_token", "cls"), ("mask_token", "mask"),
    ];

    public static void Add(OrderedDictionary<string, GgufValue> keys, string folder, Gemma3nConfig config)
    {
        IReadOnlyList<VocabularyPiece> pieces = FolderPieces.Read(folder, config.Text.VocabSize);
        keys.Add("tokenizer.ggml.model", GgufValues.Text("llama"));
        keys.Add("tokenizer.ggml.pre", GgufValues.Text("default"));
        keys.Add("tokenizer.ggml.tokens", GgufValues.Texts([.. pieces.Select(piece => piece.Text)]));
        keys.Add("tokenizer.ggml.scores", GgufValues.F32s([.. pieces.Select(piece => piece.Score)]));
        keys.Add("tokenizer.ggml.token_type", GgufValues.I32s([.. pieces.Select(piece => (int)piece.Type)]));
        AddSpecial(keys, folder, pieces);
        if (TemplateFile.Find(folder) is TemplateFile template)
        {
            keys.Add("tokenizer.chat_template", GgufValues.Text(template.Source));
        }

        keys.Add("tokenizer.ggml.add_space_prefix", GgufValues.Flag(false));
    }

    private static void AddSpecial(OrderedDictionary<string, GgufValue> keys, string folder, IReadOnlyList<VocabularyPiece> pieces)
    {
        string path = Path.Combine(folder, "tokenizer_config.json");
        using JsonDocument settings = Open(path);
        foreach ((string token, string key) in Special)
        {
            int id = Text(settings.RootElement, token) is string text ? Find(pieces, text) : -1;
            if (id >= 0)
            {
                keys.Add($"tokenizer.ggml.{key}_token_id", GgufValues.U32(id));
            }
        }

        keys.Add("tokenizer.ggml.add_bos_token", GgufValues.Flag(Flag(settings.RootElement, "add_bos_token", missing: true)));
        keys.Add("tokenizer.ggml.add_sep_token", GgufValues.Flag(false));
        keys.Add("tokenizer.ggml.add_eos_token", GgufValues.Flag(Flag(settings.RootElement, "add_eos_token", missing: false)));
    }

    private static JsonDocument Open(string path)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(File.Exists(path) ? File.ReadAllBytes(path) : "{}"u8.ToArray());
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new JsonException("not a JSON object");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    // A text, or in older files an object that holds it.
    private static string? Text(JsonElement root, string name) => !root.TryGetProperty(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String ? content.GetString()
        : null;

    private static bool Flag(JsonElement root, string name, bool missing) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : missing;

    private static int Find(IReadOnlyList<VocabularyPiece> pieces, string text)
    {
        int id = 0;
        while (id < pieces.Count && pieces[id].Text != text)
        {
            id++;
        }

        return id < pieces.Count ? id : -1;
    }
}
