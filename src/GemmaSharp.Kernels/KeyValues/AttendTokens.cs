using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>Many tokens: an item is a tile of them with one key head, taken through all blocks that it sees.</summary>
internal readonly unsafe ref struct AttendTokens(Attend attend) : IWork
{
    // With the panel that they share, they stay in the second-level cache.
    private const int MostRows = 72;

    private readonly Attend _attend = attend;

    public int ItemCount => (_attend.Queries.RowCount + TileTokens - 1) / TileTokens * _attend.Store.KeyHeads;

    private int TileTokens => int.Max(1, MostRows / _attend.Group);

    public void Run(int item)
    {
        int keyHeads = _attend.Store.KeyHeads, keyHead = item % keyHeads, token = item / keyHeads * TileTokens, width = _attend.PaddedWidth;
        int count = int.Min(TileTokens, _attend.Queries.RowCount - token) * _attend.Group, rows = AttendTile.Padded(count);
        float* into = ThreadRoom.Floats((2L * rows * (width + 2)) + AttendTile.Floats(count, _attend.Store.HeadDim));
        float* intoStats = into + (rows * width), sums = intoStats + (2 * rows), stats = sums + (rows * width);
        AttendTile tile = new()
        {
            Count = count,
            Group = _attend.Group,
            HeadDim = _attend.Store.HeadDim,
            Lanes = _attend.Lanes,
            Position = _attend.QueryPosition + token,
            Window = _attend.Window,
            Scratch = stats + (2 * rows),
            Stats = stats,
            Sums = sums,
        };
        _attend.SetQueries(tile, token, keyHead);
        new Span<float>(into, rows * width).Clear();
        for (int row = 0; row < rows; row++)
        {
            (intoStats[2 * row], intoStats[(2 * row) + 1]) = (float.NegativeInfinity, 0);
        }

        int end = (tile.Position + ((count - 1) / tile.Group)) / CacheLayout.BlockTokens;
        for (int block = (int)long.Max(0, tile.Position - (long)tile.Window + 1) / CacheLayout.BlockTokens; block <= end; block++)
        {
            _attend.Store.Attend(block, keyHead, tile);
            for (int row = 0; row < count; row++)
            {
                BlockSoftmax.Merge(into + (row * width), intoStats + (2 * row), sums + (row * width), stats + (2 * row), width);
            }
        }

        for (int row = 0; row < count; row++)
        {
            _attend.Finish(token + (row / tile.Group), (keyHead * tile.Group) + (row % tile.Group), into + (row * width), intoStats[(2 * row) + 1]);
        }
    }
}
