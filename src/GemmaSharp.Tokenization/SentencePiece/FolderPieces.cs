using System.Globalization;
using System.Text.Json;

namespace GemmaSharp.Tokenization.SentencePiece;

/// <summary>
/// The pieces that a GGUF file keeps, from a Hugging Face folder (formats.md 2.3): those of tokenizer.model, or of tokenizer.json where that
/// is missing, then the added tokens of tokenizer_config.json and tokenizer.json, and fillers up to the size of the vocabulary.
/// </summary>
public static class FolderPieces
{
    private const float AddedScore = -1000;
    private const float FillerScore = -10000;
    private const int MaxDepth = 64;

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="count">Pieces that the file shall have.</param>
    /// <exception cref="InvalidDataException">A file is missing or malformed, or its merges follow no scores.</exception>
    public static IReadOnlyList<VocabularyPiece> Read(string folder, int count)
    {
        string model = Path.Combine(folder, "tokenizer.model"), json = Path.Combine(folder, "tokenizer.json");
        List<VocabularyPiece> own = File.Exists(model) ? SentencePieceModel.Load(model)
            : File.Exists(json) ? ScoresFromMerges.Read(json)
            : throw new InvalidDataException($"{folder}: holds no tokenizer.model and no tokenizer.json");
        VocabularyPiece[] pieces = new VocabularyPiece[count];
        for (int id = 0; id < count; id++)
        {
            pieces[id] = id < own.Count && own[id].Text.Length > 0
                ? own[id]
                : new VocabularyPiece(string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]"), FillerScore, PieceType.Unused);
        }

        // The first file to name an id has its say.
        HashSet<int> named = [];
        foreach (AddedToken token in ReadAdded(Path.Combine(folder, "tokenizer_config.json"), FromConfig).Concat(ReadAdded(json, FromTokenizer)))
        {
            if (token.Id < count && named.Add(token.Id))
            {
                pieces[token.Id] = Added(token);
            }
        }

        return pieces;
    }

    private static VocabularyPiece Added(AddedToken token) => token.Special || LooksSpecial(token.Text)
        ? new VocabularyPiece(token.Text, AddedScore, PieceType.Control)
        : new VocabularyPiece(token.Text.Replace('\u2581', ' '), AddedScore, PieceType.UserDefined);

    private static bool LooksSpecial(string text) => text is "<pad>" or "<mask>" or "<2mass>" or "[@BOS@]"
        || (text.StartsWith("<|", StringComparison.Ordinal) && text.EndsWith("|>", StringComparison.Ordinal))
        || (text.StartsWith("<unused", StringComparison.Ordinal) && text.EndsWith('>'));

    private static List<AddedToken> ReadAdded(string path, Func<JsonElement, IEnumerable<AddedToken>> read)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = MaxDepth });
            return [.. read(document.RootElement)];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: its added tokens cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    private static IEnumerable<AddedToken> FromConfig(JsonElement root) => root.TryGetProperty("added_tokens_decoder", out JsonElement tokens)
        ? tokens.EnumerateObject().Select(token => Token(token.Value, int.Parse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture)))
        : [];

    private static IEnumerable<AddedToken> FromTokenizer(JsonElement root) => root.TryGetProperty("added_tokens", out JsonElement tokens)
        ? tokens.EnumerateArray().Select(token => Token(token, token.GetProperty("id").GetInt32()))
        : [];

    private static AddedToken Token(JsonElement token, int id) => new(
        token.GetProperty("content").GetString() ?? "", id >= 0 ? id : throw new FormatException($"a token with the id {id}"),
        token.TryGetProperty("special", out JsonElement special) && special.ValueKind == JsonValueKind.True);
}
