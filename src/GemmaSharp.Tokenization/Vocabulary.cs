using System.Globalization;

namespace GemmaSharp.Tokenization;

/// <summary>Pieces, merges, byte tokens and added tokens.</summary>
internal sealed class Vocabulary
{
    private readonly string[] _pieces;
    private readonly Dictionary<string, int> _ids;
    private readonly IMergeTable _merges;
    private readonly int[] _bytes = new int[256];

    /// <param name="pieces">Pieces by id; an id without a piece is empty.</param>
    /// <param name="ids">Ids by piece.</param>
    /// <param name="added">Tokens matched in the raw text before anything else.</param>
    /// <param name="merges">Which neighbours become one.</param>
    public Vocabulary(string[] pieces, Dictionary<string, int> ids, IReadOnlyList<AddedToken> added, IMergeTable merges)
    {
        _pieces = pieces;
        _ids = ids;
        _merges = merges;
        Added = added;
        for (int value = 0; value < _bytes.Length; value++)
        {
            _bytes[value] = Find(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")) ?? -1;
        }
    }

    /// <summary>Pieces by id; an id without a piece is empty.</summary>
    public IReadOnlyList<string> Pieces => _pieces;

    /// <summary>Pairs that merge; null where scores decide.</summary>
    public int? MergeCount => _merges.Count;

    /// <summary>All pairs that merge, the first to merge first.</summary>
    public IEnumerable<(int Left, int Right)> Merges() => _merges.Pairs();

    /// <summary>Tokens matched in the raw text before anything else.</summary>
    public IReadOnlyList<AddedToken> Added { get; }

    /// <summary>What a space is written as in pieces; empty when nothing is replaced.</summary>
    public required string SpaceMark { get; init; }

    /// <summary>The id of text that nothing covers, or -1.</summary>
    public required int UnknownId { get; init; }

    /// <summary>The id that every listed merge makes, in the order of the list; empty where merges follow from the pieces.</summary>
    public IEnumerable<int> MergeResults => (_merges as MergeList)?.Results ?? [];

    public int? Find(string piece) => _ids.TryGetValue(piece, out int id) ? id : null;

    /// <summary>The merge of two neighbours, if there is one; a smaller rank goes first.</summary>
    public bool TryMerge(int left, int right, out long rank, out int merged) => _merges.TryMerge(left, right, out rank, out merged);

    /// <summary>The id of a byte token, or -1.</summary>
    public int ByteId(byte value) => _bytes[value];

    /// <summary>The byte that a token stands for, or -1.</summary>
    public int ByteOf(int id) => _pieces[id] is ['<', '0', 'x', _, _, '>'] piece && byte.TryParse(
        piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value) && _bytes[value] == id ? value : -1;
}

/// <summary>A token matched as text.</summary>
internal sealed record AddedToken(string Text, int Id, bool Special);
