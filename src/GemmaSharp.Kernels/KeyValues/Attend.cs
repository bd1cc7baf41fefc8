using GemmaSharp.Kernels.Quants;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// Causal attention of new tokens over cached keys and values, scale 1: softmax(q · k) v for every head. Each block of 128 positions is attended
/// to by itself, and blocks are put together in ascending order, so a result depends on no cut of the tokens into passes and on no thread count.
/// </summary>
public readonly unsafe ref struct Attend
{
    /// <summary>Takes the widest vectors that the processor has.</summary>
    public Attend() => Lanes = Lanes512.IsSupported ? Lanes512.Count : Lanes256.IsSupported ? Lanes256.Count : Lanes128.Count;

    /// <summary>[tokens, heads * headDim], normed and rotated.</summary>
    public required Matrix Queries { get; init; }

    /// <summary>Keys and values of every position that a query sees.</summary>
    public required KeyValueStore Store { get; init; }

    /// <summary>[tokens, heads * headDim].</summary>
    public required Matrix Into { get; init; }

    /// <summary>Absolute position of the first query.</summary>
    public required int QueryPosition { get; init; }

    /// <summary>How many keys a query sees, itself included; int.MaxValue without a window.</summary>
    public required int Window { get; init; }

    /// <summary>Lanes of the vectors that stored panels are read with.</summary>
    internal int Lanes { get; init; }

    internal int Group => Queries.ColumnCount / Store.HeadDim / Store.KeyHeads;

    internal int PaddedWidth => AttendTile.PaddedWidth(Store.HeadDim);

    internal int FirstBlock => (int)long.Max(0, QueryPosition - (long)Window + 1) / CacheLayout.BlockTokens;

    internal int EndBlock => BlocksTo(QueryPosition + Queries.RowCount);

    internal long Cost => 2L * Queries.Values.Length * int.Min(EndBlock - FirstBlock, BlocksTo(Window) + 1) * CacheLayout.BlockTokens;

    /// <summary>Floats of room that <see cref="Run"/> takes for the parts of blocks.</summary>
    public int RoomLength => AttendParts.Fits(this) ? AttendParts.Length(this) : 0;

    /// <summary>Runs every head of every token.</summary>
    /// <param name="team">Few tokens are shared out block by block, many in tiles of tokens.</param>
    /// <param name="room">At least <see cref="RoomLength"/> floats.</param>
    public void Run(ThreadTeam team, Span<float> room)
    {
        if (AttendParts.Fits(this))
        {
            fixed (float* parts = room)
            {
                AttendParts work = new(this, parts);
                team.Run(ref work, work.ItemCount, Cost);
                AttendMerge merge = new(this, parts);
                team.Run(ref merge, merge.ItemCount, merge.Cost);
            }
        }
        else
        {
            AttendTokens work = new(this);
            team.Run(ref work, work.ItemCount, Cost);
        }
    }

    internal void SetQueries(in AttendTile tile, int token, int keyHead)
    {
        int group = Group, headDim = Store.HeadDim;
        for (int row = 0; row < tile.Rows; row++)
        {
            int real = int.Min(row, tile.Count - 1);
            fixed (float* query = Queries[token + (real / group)].Slice(((keyHead * group) + (real % group)) * headDim, headDim))
            {
                tile.SetQuery(row, query);
            }
        }
    }

    /// <summary>A row's head of the result: sums over the sum of the weights.</summary>
    internal void Finish(int token, int head, float* sums, float total) =>
        Ops.Elementwise.Scale(new ReadOnlySpan<float>(sums, Store.HeadDim), 1f / total, Into[token].Slice(head * Store.HeadDim, Store.HeadDim));

    private static int BlocksTo(int position) => (int)(((long)position + CacheLayout.BlockTokens - 1) / CacheLayout.BlockTokens);
}
