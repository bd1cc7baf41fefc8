using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace GemmaSharp.Tokenization;

/// <summary>Text to token ids and back, as a Hugging Face tokenizer.json or SentencePiece's pieces describe it. Safe from several threads.</summary>
public sealed class Tokenizer
{
    private const int MaxDepth = 64;
    private readonly Vocabulary _vocabulary;
    private readonly BpeMerges _merges;
    private readonly AddedTokenMatcher _added;
    private readonly HashSet<int> _special;
    private readonly string?[] _texts;

    private Tokenizer(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _merges = new BpeMerges(vocabulary);
        _added = new AddedTokenMatcher(vocabulary.Added);
        _texts = new string?[vocabulary.Pieces.Count];
        _special = [.. vocabulary.Added.Where(token => token.Special).Select(token => token.Id)];
    }

    /// <summary>One more than the largest id.</summary>
    public int VocabularySize => _vocabulary.Pieces.Count;

    /// <summary>Pairs of tokens that merge into one, as listed; null where pieces and scores decide.</summary>
    public int? MergeCount => _vocabulary.MergeCount;

    /// <summary>Texts of the special tokens.</summary>
    public IEnumerable<string> SpecialTexts => _vocabulary.Added.Where(token => token.Special).Select(token => token.Text);

    /// <summary>Reads a tokenizer.json.</summary>
    /// <exception cref="InvalidDataException">The file is malformed or of a kind that is not supported; one line says why.</exception>
    public static Tokenizer Load(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>Reads the bytes of a tokenizer.json.</summary>
    /// <exception cref="InvalidDataException">Malformed, or of a kind that is not supported.</exception>
    public static Tokenizer Parse(ReadOnlyMemory<byte> json) => new(ReadVocabulary(json));

    /// <summary>The tokenizer.json that gives the same ids.</summary>
    public byte[] ToJson() => TokenizerJson.Write(_vocabulary);

    internal static Vocabulary ReadVocabulary(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return VocabularyJson.Parse(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"not a tokenizer.json: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    /// <summary>A tokenizer of SentencePiece's pieces, whose ids are those of the tokenizer.json made of them.</summary>
    /// <param name="pieces">Texts by id, with U+2581 for spaces; user-defined ones may have spaces.</param>
    /// <param name="scores">A piece with a higher score merges first.</param>
    /// <param name="types">What each piece is for.</param>
    /// <exception cref="InvalidDataException">The lists have different lengths, or are too long.</exception>
    public static Tokenizer FromPieces(IEnumerable<string> pieces, ReadOnlySpan<float> scores, ReadOnlySpan<PieceType> types) =>
        new(PieceVocabulary.Build([.. pieces], scores, types));

    /// <summary>Ids of a text; nothing is put before it.</summary>
    /// <param name="text">The text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="special">Whether texts of special tokens become those tokens, or stay ordinary text.</param>
    public int[] Encode(string text, bool special = true) => Encode(text, special ? FrozenSet<int>.Empty : null);

    /// <summary>Ids of a text in which no special token begins at certain places.</summary>
    /// <param name="text">The text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="typed">Places of characters that begin no special token; null means everywhere.</param>
    public int[] Encode(string text, IReadOnlySet<int>? typed)
    {
        List<int> ids = [];
        for (int start = 0; start < text.Length;)
        {
            AddedToken? token = _added.Next(text, start, typed, out int place);
            if (place > start)
            {
                string plain = text[start..place];
                _merges.Encode(_vocabulary.SpaceMark.Length > 0 ? plain.Replace(" ", _vocabulary.SpaceMark, StringComparison.Ordinal) : plain, ids);
            }

            if (token is not null)
            {
                ids.Add(token.Id);
            }

            start = place + (token?.Text.Length ?? 0);
        }

        return [.. ids];
    }

    /// <summary>Text of ids. A run of byte tokens that is not valid UTF-8 as a whole gives one U+FFFD a byte.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        StringBuilder text = new();
        List<byte> run = [];
        foreach (int id in ids)
        {
            Check(id);
            if (_vocabulary.ByteOf(id) is int value and >= 0)
            {
                run.Add((byte)value);
                continue;
            }

            Flush(run, text);
            if (!(skipSpecial && IsSpecial(id)))
            {
                text.Append(TokenText(id));
            }
        }

        Flush(run, text);
        return text.ToString();
    }

    /// <summary>The id of a token by its text, or null.</summary>
    public int? FindId(string token) => _vocabulary.Find(token);

    /// <summary>The text that an id stands for, with spaces as spaces.</summary>
    public string TokenText(int id)
    {
        Check(id);
        string piece = _vocabulary.Pieces[id];
        return _texts[id] ??= _vocabulary.SpaceMark.Length > 0 ? piece.Replace(_vocabulary.SpaceMark, " ", StringComparison.Ordinal) : piece;
    }

    /// <summary>The bytes that an id adds to a text; null for one that belongs to no text: a control token, one kept for later use, or none at all.</summary>
    public byte[]? TextBytes(int id)
    {
        int value = ByteOf(id);
        string text = TokenText(id);
        return value >= 0 ? [(byte)value] : text.Length == 0 || IsSpecial(id) || PieceVocabulary.IsKept(text) ? null : Encoding.UTF8.GetBytes(text);
    }

    /// <summary>The bytes that an id stands for: one of a byte token, else UTF-8 of its text.</summary>
    public byte[] TokenBytes(int id) => ByteOf(id) is int value and >= 0 ? [(byte)value] : Encoding.UTF8.GetBytes(TokenText(id));

    /// <summary>Whether an id is a control token.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    /// <summary>The byte an id stands for, or -1.</summary>
    internal int ByteOf(int id)
    {
        Check(id);
        return _vocabulary.ByteOf(id);
    }

    private static void Flush(List<byte> run, StringBuilder text)
    {
        if (run.Count == 0)
        {
            return;
        }

        byte[] bytes = [.. run];
        run.Clear();
        try
        {
            text.Append(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            text.Append('\uFFFD', bytes.Length);
        }
    }

    private void Check(int id) => ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)VocabularySize, nameof(id));
}
