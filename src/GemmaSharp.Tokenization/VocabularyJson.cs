using System.Text.Json;

namespace GemmaSharp.Tokenization;

/// <summary>Reads the vocabulary of a Hugging Face tokenizer.json.</summary>
internal sealed class VocabularyJson
{
    private const int MaxId = 1 << 24;

    // Ids run nearly without gaps: one that lies is refused before room is made for it.
    private const int MostGaps = 4;
    private const int LeastRoom = 4096;
    private readonly Dictionary<string, int> _ids = [];
    private readonly MergeList _merges = new();
    private readonly List<AddedToken> _added = [];
    private string[] _pieces = [];
    private string _spaceMark = "";

    private VocabularyJson()
    {
    }

    public static Vocabulary Parse(JsonElement root)
    {
        VocabularyJson reader = new();
        JsonElement model = root.GetProperty("model");
        string type = model.TryGetProperty("type", out JsonElement named) ? named.GetString() ?? "" : "BPE";
        if (type != "BPE")
        {
            throw new InvalidDataException($"the tokenizer's model is '{type}', BPE expected");
        }

        reader.ReadNormalizer(root);
        reader.ReadPieces(model.GetProperty("vocab"), root);
        reader.ReadMerges(model.GetProperty("merges"));
        bool hasUnknown = model.TryGetProperty("unk_token", out JsonElement unknown) && unknown.ValueKind == JsonValueKind.String;
        return new Vocabulary(reader._pieces, reader._ids, reader._added, reader._merges)
        {
            SpaceMark = reader._spaceMark,
            UnknownId = hasUnknown && reader._ids.TryGetValue(unknown.GetString() ?? "", out int id) ? id : -1,
        };
    }

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
            _spaceMark = replacesSpace
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
                    _added.Add(new AddedToken(text, id, token.TryGetProperty("special", out JsonElement special) && special.ValueKind == JsonValueKind.True));
                }
            }
        }

        if (most > (MostGaps * _ids.Count) + LeastRoom)
        {
            throw new InvalidDataException($"the largest id is {most}, but there are only {_ids.Count} tokens");
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
            if (!_ids.TryGetValue(left, out int leftId) || !_ids.TryGetValue(right, out int rightId) || !_ids.TryGetValue(left + right, out int merged))
            {
                throw new InvalidDataException($"merge {rank} joins '{left}' and '{right}', which are not all in the vocabulary");
            }

            _merges.Add(leftId, rightId, merged);
            rank++;
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
}
