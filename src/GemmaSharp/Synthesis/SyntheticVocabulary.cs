using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.SentencePiece;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Synthesis;

/// <summary>
/// A vocabulary of any size for made-up models: the real one's control tokens at their ids, bytes, printable characters, then all words of
/// two letters, of three, of four, so that every prefix of a piece is a piece and merges reach it.
/// </summary>
internal static class SyntheticVocabulary
{
    private const int Begin = 2;
    private const int End = 1;
    private const int Unknown = 3;
    private const int StartOfTurn = 105;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";
    private const string Template =
        "{{ bos_token }}{% for turn in messages %}{{ '<start_of_turn>' + ('model' if turn['role'] == 'assistant' else 'user') + '\\n' }}"
        + "{% if turn['content'] is string %}{{ turn['content'] }}{% else %}{% for part in turn['content'] %}"
        + "{{ part['text'] if part['type'] == 'text' else '<' + part['type'] + '_soft_token>' }}{% endfor %}{% endif %}"
        + "{{ '<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}";

    // The real vocabulary's media tokens; smaller ones have them as their last.
    private static readonly (int Real, string Text)[] Media =
    [
        (255999, "<start_of_image>"), (256000, "<start_of_audio>"), (262144, "<end_of_image>"), (262145, "<image_soft_token>"), (262272, "<end_of_audio>"), (262273, "<audio_soft_token>"),
    ];

    /// <summary>Appends the tokenizer.* keys, in the converter's order (formats.md 2.3).</summary>
    public static void AddKeys(OrderedDictionary<string, GgufValue> keys, int size)
    {
        IReadOnlyList<VocabularyPiece> pieces = Pieces(size);
        keys.Add("tokenizer.ggml.model", GgufValues.Text("llama"));
        keys.Add("tokenizer.ggml.pre", GgufValues.Text("default"));
        keys.Add("tokenizer.ggml.tokens", GgufValues.Texts([.. pieces.Select(piece => piece.Text)]));
        keys.Add("tokenizer.ggml.scores", GgufValues.F32s([.. pieces.Select(piece => piece.Score)]));
        keys.Add("tokenizer.ggml.token_type", GgufValues.I32s([.. pieces.Select(piece => (int)piece.Type)]));
        keys.Add("tokenizer.ggml.bos_token_id", GgufValues.U32(Begin));
        keys.Add("tokenizer.ggml.eos_token_id", GgufValues.U32(End));
        keys.Add("tokenizer.ggml.unknown_token_id", GgufValues.U32(Unknown));
        keys.Add("tokenizer.ggml.padding_token_id", GgufValues.U32(0));
        keys.Add("tokenizer.ggml.add_bos_token", GgufValues.Flag(true));
        keys.Add("tokenizer.ggml.add_eos_token", GgufValues.Flag(false));
        keys.Add("tokenizer.chat_template", GgufValues.Text(Template));
        keys.Add("tokenizer.ggml.add_space_prefix", GgufValues.Flag(false));
    }

    /// <summary>The pieces by id.</summary>
    /// <param name="size">How many, 1024 at least.</param>
    public static IReadOnlyList<VocabularyPiece> Pieces(int size)
    {
        Dictionary<int, string> media = Media.ToDictionary(one => Media[^1].Real < size ? one.Real : size - Media.Length + Array.IndexOf(Media, one), one => one.Text);
        using IEnumerator<VocabularyPiece> rest = Text().GetEnumerator();
        List<VocabularyPiece> pieces = [.. Control()];
        for (int id = pieces.Count; id < size; id++)
        {
            pieces.Add(media.TryGetValue(id, out string? text) ? new(text, 0, PieceType.Control) : rest.MoveNext() ? rest.Current : new($"[UNUSED{id}]", 0, PieceType.Unused));
        }

        return pieces;
    }

    private static IEnumerable<VocabularyPiece> Control()
    {
        foreach (string text in (string[])["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"])
        {
            yield return new(text, 0, text == "<unk>" ? PieceType.Unknown : PieceType.Control);
        }

        for (int id = 5; id < StartOfTurn; id++)
        {
            yield return new($"<unused{id - 5}>", 0, PieceType.Control);
        }

        yield return new("<start_of_turn>", 0, PieceType.Control);
        yield return new("<end_of_turn>", 0, PieceType.Control);
        yield return new("\n", 0, PieceType.UserDefined);
    }

    private static IEnumerable<VocabularyPiece> Text()
    {
        for (int value = 0; value <= byte.MaxValue; value++)
        {
            yield return new($"<0x{value:X2}>", 0, PieceType.Byte);
        }

        int rank = 0;
        foreach (string text in Enumerable.Range('!', '~' - '!' + 1).Select(code => ((char)code).ToString()).Prepend("\u2581").Concat(Words(2)).Concat(Words(3)).Concat(Words(4)))
        {
            yield return new(text, -rank++, PieceType.Normal);
        }
    }

    private static IEnumerable<string> Words(int length) =>
        length == 1 ? Letters.Select(letter => letter.ToString()) : Words(length - 1).SelectMany(word => Letters.Select(letter => word + letter));
}
