using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// Few tokens: an item is one block of one key head, read once for all its queries. Parts lie as [blocks, keyHeads, rows]: first their stats, then
/// their sums.
/// </summary>
internal readonly unsafe ref struct AttendParts(Attend attend, float* parts) : IWork
{
    private readonly Attend _attend = attend;
    private readonly float* _parts = parts;

    public int ItemCount => (_attend.EndBlock - _attend.FirstBlock) * _attend.Store.KeyHeads;

    public static bool Fits(in Attend attend) => attend.Queries.RowCount * attend.Group <= AttendTile.FewRows;

    public static int Length(in Attend attend) => Rows(attend) * (2 + attend.PaddedWidth);

    /// <summary>Rows of all parts, those that pad tiles included.</summary>
    public static int Rows(in Attend attend) =>
        checked((attend.EndBlock - attend.FirstBlock) * attend.Store.KeyHeads * AttendTile.Padded(attend.Queries.RowCount * attend.Group));

    public void Run(int item)
    {
        int count = _attend.Queries.RowCount * _attend.Group, row = item * AttendTile.Padded(count), keyHeads = _attend.Store.KeyHeads;
        AttendTile tile = new()
        {
            Count = count,
            Group = _attend.Group,
            HeadDim = _attend.Store.HeadDim,
            Lanes = _attend.Lanes,
            Position = _attend.QueryPosition,
            Window = _attend.Window,
            Scratch = ThreadRoom.Floats(AttendTile.Floats(count, _attend.Store.HeadDim)),
            Stats = _parts + (2 * row),
            Sums = _parts + (2 * Rows(_attend)) + ((nint)row * _attend.PaddedWidth),
        };
        _attend.SetQueries(tile, 0, item % keyHeads);
        _attend.Store.Attend(_attend.FirstBlock + (item / keyHeads), item % keyHeads, tile);
    }
}

/// <summary>Puts the parts of every row together.</summary>
internal readonly unsafe ref struct AttendMerge(Attend attend, float* parts) : IWork
{
    private readonly Attend _attend = attend;
    private readonly float* _parts = parts;

    public int ItemCount => _attend.Queries.Values.Length / _attend.Store.HeadDim;

    public long Cost => 2L * AttendParts.Rows(_attend) * _attend.PaddedWidth;

    public void Run(int item)
    {
        int group = _attend.Group, heads = group * _attend.Store.KeyHeads, token = item / heads, head = item % heads, width = _attend.PaddedWidth;
        int padded = AttendTile.Padded(_attend.Queries.RowCount * group), perBlock = padded * _attend.Store.KeyHeads, rows = AttendParts.Rows(_attend);
        float* sums = ThreadRoom.Floats(width + 2), stats = sums + width;
        new Span<float>(sums, width).Clear();
        (stats[0], stats[1]) = (float.NegativeInfinity, 0);
        for (int row = (head / group * padded) + (token * group) + (head % group); row < rows; row += perBlock)
        {
            BlockSoftmax.Merge(sums, stats, _parts + (2 * rows) + ((nint)row * width), _parts + (2 * row), width);
        }

        _attend.Finish(token, head, sums, stats[1]);
    }
}
