namespace GemmaSharp.Tokenization;

/// <summary>Merges in the order in which a tokenizer.json lists them.</summary>
internal sealed class MergeList : IMergeTable
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];

    public int? Count => _merges.Count;

    /// <summary>The id that every merge makes, in the order of the list.</summary>
    public IEnumerable<int> Results => _merges.Values.OrderBy(merge => merge.Rank).Select(merge => merge.Merged);

    /// <summary>Appends a merge; one that is listed already keeps its place.</summary>
    public void Add(int left, int right, int merged) => _merges.TryAdd((left, right), (_merges.Count, merged));

    public IEnumerable<(int Left, int Right)> Pairs() => _merges.OrderBy(merge => merge.Value.Rank).Select(merge => merge.Key);

    public bool TryMerge(int left, int right, out long rank, out int merged)
    {
        bool found = _merges.TryGetValue((left, right), out (int Rank, int Merged) merge);
        (rank, merged) = merge;
        return found;
    }
}
