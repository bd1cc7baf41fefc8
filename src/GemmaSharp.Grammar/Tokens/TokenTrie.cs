namespace GemmaSharp.Grammar.Tokens;

/// <summary>A byte of the trie: in pre-order, children behind their parent.</summary>
/// <param name="Skip">The node behind all that begin with this one.</param>
/// <param name="Token">Where its tokens begin in the list; those of the next node follow.</param>
/// <param name="Label">The byte that leads here.</param>
/// <param name="Depth">How many bytes lead here.</param>
/// <param name="Height">Bytes of the longest token from here on.</param>
/// <param name="Groups">Characters of all tokens from here on.</param>
internal readonly record struct TrieNode(int Skip, int Token, byte Label, byte Depth, byte Height, CharGroups Groups);

/// <summary>A vocabulary by the bytes of its tokens. Immutable; one serves any number of grammars.</summary>
public sealed class TokenTrie
{
    /// <summary>A longer token is never allowed; a depth is one byte.</summary>
    private const int LongestAllowed = byte.MaxValue;
    private readonly TrieNode[] _nodes;
    private readonly int[] _tokens;
    private readonly byte[]?[] _pieces;

    /// <summary>Sorts a vocabulary.</summary>
    /// <param name="pieces">The bytes of every token by id; null or none for one that is never part of a text, such as a control token.</param>
    /// <param name="ends">Ids that end an answer.</param>
    public TokenTrie(IReadOnlyList<byte[]?> pieces, IEnumerable<int> ends)
    {
        _pieces = [.. pieces];
        Ends = [.. ends.Where(id => id >= 0 && id < _pieces.Length).Distinct()];
        foreach (int end in Ends)
        {
            _pieces[end] = null;
        }

        int[] ids = [.. Enumerable.Range(0, _pieces.Length).Where(id => _pieces[id] is { Length: > 0 and <= LongestAllowed })];
        Array.Sort(ids, (one, other) => _pieces[one].AsSpan().SequenceCompareTo(_pieces[other]) is var order and not 0 ? order : one.CompareTo(other));
        LongestToken = ids.Length == 0 ? 0 : ids.Max(id => _pieces[id]!.Length);
        _tokens = ids;
        _nodes = Build(ids);
    }

    /// <summary>Tokens of the vocabulary.</summary>
    public int Count => _pieces.Length;

    /// <summary>Ids that end an answer.</summary>
    public IReadOnlyList<int> Ends { get; }

    /// <summary>Bytes of the longest token.</summary>
    public int LongestToken { get; }

    /// <summary>Words of 64 bits that a mask takes.</summary>
    public int MaskLength => (_pieces.Length + 63) / 64;

    internal ReadOnlySpan<TrieNode> Nodes => _nodes;

    /// <summary>Ids in the order of their bytes; equal bytes by id.</summary>
    internal ReadOnlySpan<int> Tokens => _tokens;

    /// <summary>The bytes of a token; none for one that is never part of a text.</summary>
    internal ReadOnlySpan<byte> Piece(int id) => (uint)id < (uint)_pieces.Length ? _pieces[id] : default;

    private TrieNode[] Build(int[] ids)
    {
        Span<CharGroups> groups = stackalloc CharGroups[LongestAllowed + 1];
        List<TrieNode> nodes = [default];
        List<int> path = [0];
        ReadOnlySpan<byte> before = [];
        for (int at = 0; at < ids.Length; at++)
        {
            ReadOnlySpan<byte> piece = _pieces[ids[at]];
            int common = before.CommonPrefixLength(piece);
            Close(nodes, path, common);
            for (int depth = common; depth < piece.Length; depth++)
            {
                path.Add(nodes.Count);
                nodes.Add(default(TrieNode) with { Token = at, Label = piece[depth], Depth = (byte)(depth + 1) });
            }

            CharGroupsOf.Following(piece, groups);
            for (int depth = 0; depth <= piece.Length; depth++)
            {
                TrieNode node = nodes[path[depth]];
                nodes[path[depth]] = node with { Height = byte.Max(node.Height, (byte)(piece.Length - depth)), Groups = node.Groups | groups[depth] };
            }

            before = piece;
        }

        Close(nodes, path, -1);
        nodes.Add(default(TrieNode) with { Skip = nodes.Count + 1, Token = ids.Length });
        return [.. nodes];
    }

    // Nodes below a depth end before the next node.
    private static void Close(List<TrieNode> nodes, List<int> path, int depth)
    {
        while (path.Count > depth + 1)
        {
            nodes[path[^1]] = nodes[path[^1]] with { Skip = nodes.Count };
            path.RemoveAt(path.Count - 1);
        }
    }
}
