namespace GemmaSharp.Tokenization;

/// <summary>Which neighbours may become one piece.</summary>
internal interface IMergeTable
{
    /// <summary>Pairs that are listed; null where pieces and scores alone decide.</summary>
    int? Count { get; }

    /// <summary>All pairs that merge, the first to merge first.</summary>
    IEnumerable<(int Left, int Right)> Pairs();

    /// <summary>The merge of two neighbours, if there is one; a smaller rank goes first.</summary>
    bool TryMerge(int left, int right, out long rank, out int merged);
}
