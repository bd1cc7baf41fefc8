using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Cache;

namespace GemmaSharp.Model.Text;

/// <summary>Consecutive rows of a pass that are tokens of one sequence.</summary>
/// <param name="Cache">The sequence's keys and values.</param>
/// <param name="Position">Absolute position of the first; 0 is the first of the sequence.</param>
/// <param name="Row">The first row.</param>
/// <param name="Count">How many rows.</param>
/// <param name="Wanted">Of how many, the last ones, logits are wanted.</param>
internal readonly record struct Segment(KvCache Cache, int Position, int Row, int Count, int Wanted);

/// <summary>Whose tokens the rows of the running pass are. Rows stand by sequence; only their positions, keys and values tell sequences apart.</summary>
internal sealed class PassRows
{
    private Segment[] _segments = new Segment[1];
    private AttendSegment[] _attend = new AttendSegment[1];
    private int[] _positions = [];
    private int _segmentCount;

    /// <summary>Rows in all.</summary>
    public int Count { get; private set; }

    /// <summary>Rows whose logits are wanted.</summary>
    public int Wanted { get; private set; }

    public ReadOnlySpan<Segment> Segments => _segments.AsSpan(0, _segmentCount);

    /// <summary>Absolute position of every row.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Count);

    /// <summary>Forgets the pass before.</summary>
    public void Clear()
    {
        _segments.AsSpan(0, _segmentCount).Clear();
        _attend.AsSpan().Clear();
        (_segmentCount, Count, Wanted) = (0, 0, 0);
    }

    /// <summary>Adds the next rows.</summary>
    public void Add(KvCache cache, int position, int count, int wanted)
    {
        if (_segmentCount == _segments.Length)
        {
            Array.Resize(ref _segments, 2 * _segmentCount);
        }

        if (_positions.Length < Count + count)
        {
            Array.Resize(ref _positions, int.Max(Count + count, 2 * _positions.Length));
        }

        for (int token = 0; token < count; token++)
        {
            _positions[Count + token] = position + token;
        }

        _segments[_segmentCount++] = new Segment(cache, position, Count, count, wanted);
        Count += count;
        Wanted += wanted;
    }

    /// <summary>Copies the rows whose logits are wanted one behind another; <paramref name="into"/> may be the beginning of <paramref name="from"/>.</summary>
    public void CopyWanted(Matrix from, Span<float> into)
    {
        foreach (Segment one in Segments)
        {
            Span<float> rows = from.Rows(one.Row + one.Count - one.Wanted, one.Wanted).Values;
            rows.CopyTo(into);
            into = into[rows.Length..];
        }
    }

    /// <summary>From now on the pass has only the rows whose logits are wanted.</summary>
    public void KeepWanted()
    {
        int all = _segmentCount;
        (_segmentCount, Count, Wanted) = (0, 0, 0);
        foreach (Segment one in _segments.AsSpan(0, all))
        {
            if (one.Wanted > 0)
            {
                Add(one.Cache, one.Position + one.Count - one.Wanted, one.Wanted, one.Wanted);
            }
        }
    }

    /// <summary>What attention of a layer reads.</summary>
    public ReadOnlySpan<AttendSegment> ForLayer(int layer)
    {
        if (_attend.Length < _segmentCount)
        {
            _attend = new AttendSegment[_segments.Length];
        }

        for (int index = 0; index < _segmentCount; index++)
        {
            Segment one = _segments[index];
            _attend[index] = new AttendSegment(one.Cache.ForLayer(layer).Store, one.Position, one.Row, one.Count);
        }

        return _attend.AsSpan(0, _segmentCount);
    }
}
