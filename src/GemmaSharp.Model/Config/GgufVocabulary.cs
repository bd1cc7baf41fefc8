using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Model.Config;

/// <summary>
/// Where a GGUF's vocabulary keeps the ids that its metadata does not name. In the real model's they are constants, whatever the pieces
/// are called (formats.md 2.3); in smaller ones they are found by the pieces' texts.
/// </summary>
public sealed class GgufVocabulary
{
    /// <summary>Ids of the real model's text; those of pictures and sounds come behind.</summary>
    public const int RealTextSize = 262144;

    private readonly GgufMetadata _metadata;
    private readonly Dictionary<string, int> _ids = [];

    /// <summary>Looks through the pieces of a file.</summary>
    /// <exception cref="Weights.WeightException">It has none.</exception>
    public GgufVocabulary(GgufMetadata metadata)
    {
        _metadata = metadata;
        GgufValue pieces = metadata.Strings("tokenizer.ggml.tokens") ?? throw metadata.Error("tokenizer.ggml.tokens is missing");
        Size = pieces.Count;
        for (int id = 0; id < Size; id++)
        {
            if (pieces.Bytes(id).StartsWith("<"u8) && pieces.Text(id) is string text && Names.Contains(text))
            {
                _ids.TryAdd(text, id);
            }
        }
    }

    // Texts that ids are looked up by, with the real model's ids.
    private static Dictionary<string, int> RealIds { get; } = new()
    {
        ["<start_of_image>"] = 255999,
        ["<end_of_image>"] = 262144,
        ["<image_soft_token>"] = 262145,
        ["<start_of_audio>"] = 256000,
        ["<end_of_audio>"] = 262272,
        ["<audio_soft_token>"] = 262273,
        ["<end_of_turn>"] = 106,
        ["<eos>"] = 1,
    };

    private static IReadOnlyCollection<string> Names => RealIds.Keys;

    /// <summary>Pieces in the file.</summary>
    public int Size { get; }

    /// <summary>The real model's ids behind its text and what they stand for; empty for smaller vocabularies.</summary>
    public IEnumerable<(int Id, string Text)> NamedBehindText =>
        Size < RealTextSize ? [] : RealIds.Where(pair => pair.Value >= RealTextSize).Select(pair => (pair.Value, pair.Key));

    /// <summary>The id of a text, or null.</summary>
    public int? Find(string text) => Size >= RealTextSize ? RealIds[text] : _ids.TryGetValue(text, out int id) ? id : null;

    /// <summary>Id at the beginning of every prompt.</summary>
    public int Begin => _metadata.Whole("tokenizer.ggml.bos_token_id", 0, Size - 1) ?? 2;

    /// <summary>Ids that end an answer: what the file says, and the ends of a text and of a turn, which some files leave out.</summary>
    public IReadOnlyList<int> Ends()
    {
        List<int?> ends =
        [
            _metadata.Whole("tokenizer.ggml.eos_token_id", 0, Size - 1), _metadata.Whole("tokenizer.ggml.eot_token_id", 0, Size - 1),
            Find("<eos>"), Find("<end_of_turn>"),
        ];
        if (_metadata.Find("tokenizer.ggml.eos_token_ids") is GgufValue more)
        {
            ends.AddRange(Enumerable.Range(0, int.Min(more.Count, 64)).Select(index => more.Whole(index) is long id && id >= 0 && id < Size ? (int?)id : null));
        }

        int[] known = [.. ends.OfType<int>().Distinct()];
        return known.Length > 0 ? known : [1];
    }
}
