using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>Rows of a pass that are consecutive tokens of one sequence.</summary>
/// <param name="Store">Keys and values of every position that they see.</param>
/// <param name="Position">Absolute position of the first.</param>
/// <param name="Row">The first row.</param>
/// <param name="Count">How many rows.</param>
public readonly record struct AttendSegment(KeyValueStore Store, int Position, int Row, int Count);

/// <summary>
/// Attention of several sequences in a pass, each over its own keys and values. Their items are handed out in one section of the team; every row
/// has the bits of <see cref="Attend"/>.
/// </summary>
/// <param name="queries">[tokens, heads * headDim], normed and rotated.</param>
/// <param name="into">[tokens, heads * headDim].</param>
/// <param name="window">How many keys a query sees, itself included; int.MaxValue without a window.</param>
/// <param name="segments">Whose tokens the rows are.</param>
public readonly ref struct AttendSegments(Matrix queries, Matrix into, int window, ReadOnlySpan<AttendSegment> segments)
{
    private readonly Matrix _queries = queries;
    private readonly Matrix _into = into;
    private readonly ReadOnlySpan<AttendSegment> _segments = segments;

    /// <summary>Floats of room that <see cref="Run"/> takes.</summary>
    public int RoomLength
    {
        get
        {
            int length = 0;
            for (int segment = 0; segment < Count; segment++)
            {
                length = checked(length + this[segment].RoomLength);
            }

            return length;
        }
    }

    internal int Count => _segments.Length;

    internal Attend this[int segment]
    {
        get
        {
            AttendSegment one = _segments[segment];
            return new Attend
            {
                Queries = _queries.Rows(one.Row, one.Count), Into = _into.Rows(one.Row, one.Count), Store = one.Store, QueryPosition = one.Position, Window = window,
            };
        }
    }

    /// <summary>Runs every head of every token.</summary>
    /// <param name="team">Who computes.</param>
    /// <param name="room">At least <see cref="RoomLength"/> floats.</param>
    public unsafe void Run(ThreadTeam team, Span<float> room)
    {
        if (Count == 1)
        {
            this[0].Run(team, room);
            return;
        }

        fixed (float* parts = room)
        {
            SegmentItems items = new(this, parts, merging: false), merges = new(this, parts, merging: true);
            items.Run(team);
            merges.Run(team);
        }
    }
}

/// <summary>The items of all segments, one segment after the other: their attention, or the merging of the parts of those that are attended in parts.</summary>
internal readonly unsafe ref struct SegmentItems(AttendSegments all, float* parts, bool merging) : IWork
{
    private readonly AttendSegments _all = all;
    private readonly float* _parts = parts;

    public void Run(ThreadTeam team)
    {
        SegmentItems work = this;
        int count = 0;
        long cost = 0;
        for (int segment = 0; segment < _all.Count; segment++)
        {
            Attend attend = _all[segment];
            count += ItemCount(attend);
            cost += merging ? MergeCost(attend) : attend.Cost;
        }

        team.Run(ref work, count, cost);
    }

    public void Run(int item)
    {
        float* parts = _parts;
        int segment = 0;
        Attend attend = _all[0];
        for (int count = ItemCount(attend); item >= count; count = ItemCount(attend))
        {
            item -= count;
            parts += attend.RoomLength;
            attend = _all[++segment];
        }

        if (merging)
        {
            new AttendMerge(attend, parts).Run(item);
        }
        else if (AttendParts.Fits(attend))
        {
            new AttendParts(attend, parts).Run(item);
        }
        else
        {
            new AttendTokens(attend).Run(item);
        }
    }

    private int ItemCount(in Attend attend)
    {
        if (!AttendParts.Fits(attend))
        {
            return merging ? 0 : new AttendTokens(attend).ItemCount;
        }

        return merging ? new AttendMerge(attend, _parts).ItemCount : new AttendParts(attend, _parts).ItemCount;
    }

    private long MergeCost(in Attend attend) => AttendParts.Fits(attend) ? new AttendMerge(attend, _parts).Cost : 0;
}
