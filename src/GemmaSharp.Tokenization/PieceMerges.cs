namespace GemmaSharp.Tokenization;

/// <summary>
/// Merges that follow from the pieces alone: two neighbours merge where their joined text is a piece; the piece of lowest rank goes first,
/// of the ways to one piece that whose halves have the lower ids, as in the list that a tokenizer.json is given. Nothing is tabulated,
/// so that a vocabulary is ready as soon as its pieces are.
/// </summary>
/// <param name="pieces">Pieces by id.</param>
/// <param name="ids">Ids by piece.</param>
/// <param name="ranks">Order of every id as the result of a merge; negative where none makes it.</param>
internal sealed class PieceMerges(string[] pieces, Dictionary<string, int> ids, int[] ranks) : IMergeTable
{
    /// <summary>The most pieces whose ranks and halves fit into one number.</summary>
    public const int MaxPieces = 1 << IdBits;

    private const int IdBits = 21;
    private const int MostOnStack = 256;
    private readonly int _longest = pieces.Max(piece => piece.Length);

    public int? Count => null;

    public IEnumerable<(int Left, int Right)> Pairs() => Enumerable.Range(0, pieces.Length)
        .Where(id => ranks[id] >= 0 && ids.TryGetValue(pieces[id], out int first) && first == id)
        .OrderBy(id => ranks[id])
        .SelectMany(Halves);

    public bool TryMerge(int left, int right, out long rank, out int merged)
    {
        string first = pieces[left], second = pieces[right];
        int length = first.Length + second.Length;
        (rank, merged) = (0, 0);
        if (length > _longest)
        {
            return false;
        }

        Span<char> joined = length <= MostOnStack ? stackalloc char[MostOnStack] : new char[length];
        first.CopyTo(joined);
        second.CopyTo(joined[first.Length..]);
        if (!ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(joined[..length], out merged) || ranks[merged] < 0)
        {
            return false;
        }

        rank = ((long)ranks[merged] << (2 * IdBits)) | ((long)left << IdBits) | (uint)right;
        return true;
    }

    // Where the text falls into two pieces, by their ids.
    private IEnumerable<(int Left, int Right)> Halves(int id)
    {
        string piece = pieces[id];
        List<(int Left, int Right)> halves = [];
        for (int at = 1; at < piece.Length; at++)
        {
            if (!char.IsLowSurrogate(piece[at]) && ids.TryGetValue(piece[..at], out int left) && ids.TryGetValue(piece[at..], out int right))
            {
                halves.Add((left, right));
            }
        }

        halves.Sort();
        return halves;
    }
}
