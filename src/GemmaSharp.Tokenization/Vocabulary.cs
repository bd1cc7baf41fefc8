using System.Globalization;
using System.Text.Json;

namespace GemmaSharp.Tokenization;

/// <summary>Pieces, merges, byte tokens and added tokens, as a tokenizer.json lists them.</summary>
internal sealed class Vocabulary
{
    private const int MaxId = 1 << 24;
    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];
    private readonly int[] _bytes = new int[256];
    private string[] _pieces = [];

    private Vocabulary()
    {
    }

    /// <summary>Pieces by id; an id without a piece is empty.</summary>
    public IReadOnlyList<string> Pieces => _pieces;

    /// <summary>Pairs that merge.</summary>
    public int MergeCount => _merges.Count;

    /// <summary>Tokens matched in the raw text before anything else.</summary>
    public List<AddedToken> Added { get; } = [];

    /// <summary>What a space is written as in pieces; empty when the file replaces nothing.</summary>
    public string SpaceMark { get; private set; } = "";

    /// <summary>The id of text that nothing covers, or -1.</summary>
    public int UnknownId { get; private set; } = -1;

    public static Vocabulary Parse(JsonElement root)
    {
        Vocabulary vocabulary = new();
        JsonElement model = root.GetProperty("model");
        string type = model.TryGetProperty("type", out JsonElement named) ? named.GetString() ?? "" : "BPE";
        if (type != "BPE")
        {
            throw new InvalidDataException($"the tokenizer's model is '{type}', BPE expected");
        }

        vocabulary.ReadNormalizer(root);
        vocabulary.ReadPieces(model.GetProperty("vocab"), root);
        vocabulary.ReadMerges(model.GetProperty("merges"));
        vocabulary.FindBytes();
        if (model.TryGetProperty("unk_token", out JsonElement unknown) && unknown.ValueKind == JsonValueKind.String)
        {
            vocabulary.UnknownId = vocabulary.Find(unknown.GetString() ?? "") ?? -1;
        }

        return vocabulary;
    }

    public int? Find(string piece) => _ids.TryGetValue(piece, out int id) ? id : null;

    /// <summary>The merge of two neighbours, if there is one; a smaller rank goes first.</summary>
    public bool TryMerge(int left, int right, out int rank, out int merged)
    {
        bool found = _merges.TryGetValue((left, right), out (int Rank, int Merged) merge);
        (rank, merged) = merge;
        return found;
    }

    /// <summary>The id of a byte token, or -1.</summary>
    public int ByteId(byte value) => _bytes[value];

    /// <summary>The byte that a token stands for, or -1.</summary>
    public int ByteOf(int id) => _pieces[id] is ['<', '0', 'x', _, _, '>'] piece && byte.TryParse(
        piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value) && _bytes[value] == id ? value : -1;

    private void ReadNormalizer(JsonElement root)
    {
        if (!root.TryGetProperty("normalizer", out JsonElement normalizer) || normalizer.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        List<JsonElement> steps = normalizer.TryGetProperty("normalizers", out JsonElement listed) ? [.. listed.EnumerateArray()] : [normalizer];
        foreach (JsonElement step in steps)
        {
            string type = step.GetProperty("type").GetString() ?? "";
            bool replacesSpace = type == "Replace" && step.GetProperty("pattern").TryGetProperty("String", out JsonElement pattern) && pattern.GetString() == " ";
            SpaceMark = replacesSpace
                ? step.GetProperty("content").GetString() ?? ""
                : throw new InvalidDataException($"the tokenizer's normalizer '{type}' is not supported; Replace of the space is");
        }
    }

    private void ReadPieces(JsonElement vocab, JsonElement root)
    {
        int most = -1;
        foreach (JsonProperty piece in vocab.EnumerateObject())
        {
            most = int.Max(most, AddPiece(piece.Name, piece.Value));
        }

        if (root.TryGetProperty("added_tokens", out JsonElement added) && added.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement token in added.EnumerateArray())
            {
                string text = token.GetProperty("content").GetString() ?? "";
                int id = AddPiece(text, token.GetProperty("id"));
                most = int.Max(most, id);
                if (text.Length > 0)
                {
                    Added.Add(new AddedToken(text, id, token.TryGetProperty("special", out JsonElement special) && special.ValueKind == JsonValueKind.True));
                }
            }
        }

        _pieces = new string[most + 1];
        Array.Fill(_pieces, "");
        foreach ((string text, int id) in _ids)
        {
            _pieces[id] = text;
        }
    }

    private int AddPiece(string text, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int id) || id < 0 || id > MaxId)
        {
            throw new InvalidDataException($"token '{text}' has the id {value.GetRawText()}, a whole number from 0 to {MaxId} expected");
        }

        if (!_ids.TryAdd(text, id) && _ids[text] != id)
        {
            throw new InvalidDataException($"token '{text}' has two ids, {_ids[text]} and {id}");
        }

        return id;
    }

    private void ReadMerges(JsonElement merges)
    {
        int rank = 0;
        foreach (JsonElement merge in merges.EnumerateArray())
        {
            (string left, string right) = Halves(merge);
            if (Find(left) is not int leftId || Find(right) is not int rightId || Find(left + right) is not int merged)
            {
                throw new InvalidDataException($"merge {rank} joins '{left}' and '{right}', which are not all in the vocabulary");
            }

            _merges.TryAdd((leftId, rightId), (rank++, merged));
        }
    }

    // A pair, or in older files one text with a space between.
    private static (string Left, string Right) Halves(JsonElement merge)
    {
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
        {
            return (merge[0].GetString() ?? "", merge[1].GetString() ?? "");
        }

        string text = merge.GetString() ?? "";
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 ? (text[..space], text[(space + 1)..]) : throw new InvalidDataException($"merge '{text}' is no pair");
    }

    private void FindBytes()
    {
        for (int value = 0; value < _bytes.Length; value++)
        {
            _bytes[value] = Find(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")) ?? -1;
        }
    }
}

/// <summary>A token matched as text.</summary>
internal sealed record AddedToken(string Text, int Id, bool Special);
