using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// Causal attention of new tokens over cached keys and values, scale 1: softmax(q · k) v for every head. Keys are taken in ascending
/// order from a query's first visible one, so a result does not depend on how the tokens were cut into passes.
/// </summary>
public readonly unsafe ref struct Attend : IWork
{
    private const int TokensPerItem = 8;
    private const int TileKeys = 64;

    /// <summary>[tokens, heads * headDim], normed and rotated.</summary>
    public required Matrix Queries { get; init; }

    /// <summary>Cached keys in order of position, [keys, keyValueHeads * headDim].</summary>
    public required Matrix Keys { get; init; }

    /// <summary>Cached values, shaped as the keys.</summary>
    public required Matrix Values { get; init; }

    /// <summary>[tokens, heads * headDim].</summary>
    public required Matrix Into { get; init; }

    /// <summary>Width of one head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Absolute position of the first query.</summary>
    public required int QueryPosition { get; init; }

    /// <summary>Absolute position of the first key row.</summary>
    public required int KeyPosition { get; init; }

    /// <summary>How many keys a query sees, itself included; int.MaxValue without a window.</summary>
    public required int Window { get; init; }

    /// <summary>Room for the scores, at least [Queries.RowCount, heads, Keys.RowCount].</summary>
    public required Span<float> Scores { get; init; }

    /// <summary>Runs every head of every token.</summary>
    public void Run(ThreadTeam team)
    {
        Attend work = this;
        int blocks = (Queries.RowCount + TokensPerItem - 1) / TokensPerItem;
        team.Run(ref work, blocks * (Keys.ColumnCount / HeadDim), 2L * Queries.Values.Length * Keys.RowCount);
    }

    /// <summary>Some tokens and the query heads of one key head; a tile of keys serves them all before the next is read.</summary>
    public void Run(int item)
    {
        int keyHeads = Keys.ColumnCount / HeadDim, keyHead = item % keyHeads;
        int firstToken = item / keyHeads * TokensPerItem, endToken = int.Min(firstToken + TokensPerItem, Queries.RowCount);
        int low = FirstKey(firstToken), high = EndKey(endToken - 1);
        for (int tile = low; tile < high; tile += TileKeys)
        {
            for (int token = firstToken; token < endToken; token++)
            {
                Score(Heads(token, keyHead), int.Max(tile, FirstKey(token)), int.Min(tile + TileKeys, EndKey(token)));
            }
        }

        for (int token = firstToken; token < endToken; token++)
        {
            Normalize(Heads(token, keyHead), FirstKey(token), EndKey(token));
        }

        for (int tile = low; tile < high; tile += TileKeys)
        {
            for (int token = firstToken; token < endToken; token++)
            {
                Gather(Heads(token, keyHead), int.Max(tile, FirstKey(token)), int.Min(tile + TileKeys, EndKey(token)));
            }
        }
    }

    private int FirstKey(int token) => int.Max(0, (int)long.Max(KeyPosition, QueryPosition + token - (long)Window + 1) - KeyPosition);

    private int EndKey(int token) => QueryPosition + token - KeyPosition + 1;

    private HeadGroup Heads(int token, int keyHead)
    {
        int heads = Queries.ColumnCount / HeadDim, count = heads / (Keys.ColumnCount / HeadDim);
        return new HeadGroup(token, keyHead * count, count, keyHead * HeadDim);
    }

    private void Score(HeadGroup group, int from, int to)
    {
        int heads = Queries.ColumnCount / HeadDim;
        fixed (float* queries = Queries[group.Token], keys = Keys.Values, scores = Scores)
        {
            for (int head = group.First; head < group.First + group.Count; head += AttendTile.Heads)
            {
                AttendRows query = new(queries + (head * HeadDim), HeadDim), score = new(scores + ((((nint)group.Token * heads) + head) * Keys.RowCount), Keys.RowCount);
                AttendTile.Score(query, score, new AttendRows(keys + group.KeyOffset, Keys.ColumnCount), new AttendRange(from, to, HeadDim, group.First + group.Count - head));
            }
        }
    }

    private void Normalize(HeadGroup group, int from, int to)
    {
        int heads = Queries.ColumnCount / HeadDim;
        for (int head = group.First; head < group.First + group.Count; head++)
        {
            Softmax.Row(Scores.Slice(((group.Token * heads) + head) * Keys.RowCount, Keys.RowCount)[from..to]);
        }

        Into[group.Token].Slice(group.First * HeadDim, group.Count * HeadDim).Clear();
    }

    private void Gather(HeadGroup group, int from, int to)
    {
        int heads = Queries.ColumnCount / HeadDim;
        fixed (float* into = Into[group.Token], values = Values.Values, scores = Scores)
        {
            for (int head = group.First; head < group.First + group.Count; head += AttendTile.Heads)
            {
                AttendRows target = new(into + (head * HeadDim), HeadDim), score = new(scores + ((((nint)group.Token * heads) + head) * Keys.RowCount), Keys.RowCount);
                AttendTile.Gather(target, score, new AttendRows(values + group.KeyOffset, Values.ColumnCount), new AttendRange(from, to, HeadDim, group.First + group.Count - head));
            }
        }
    }

    private readonly record struct HeadGroup(int Token, int First, int Count, int KeyOffset);
}
