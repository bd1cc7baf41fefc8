using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// Attention of frames over the frames near them with relative positions and a soft cap (audio.md 5.1):
/// score = cap * tanh((q · k + q · p) / cap), p the position of the distance; softmax; the weighted sum of the values, ascending in time.
/// </summary>
public readonly ref struct LocalAttend : IWork
{
    private const int FramesPerItem = 16;

    /// <summary>[frames, heads * headDim]; scaled in place.</summary>
    public required Matrix Queries { get; init; }

    /// <summary>Shaped as the queries.</summary>
    public required Matrix Keys { get; init; }

    /// <summary>Shaped as the queries.</summary>
    public required Matrix Values { get; init; }

    /// <summary>[Left + 1 + Right, heads * headDim], distance -Right (a later frame) first.</summary>
    public required Matrix Positions { get; init; }

    /// <summary>Factor of the queries, [headDim].</summary>
    public required ReadOnlySpan<float> QueryScale { get; init; }

    /// <summary>Frames seen before a frame.</summary>
    public required int Left { get; init; }

    /// <summary>Frames seen behind a frame.</summary>
    public required int Right { get; init; }

    /// <summary>Bound of the scores.</summary>
    public required float Cap { get; init; }

    /// <summary>Shaped as the queries.</summary>
    public required Matrix Into { get; init; }

    /// <summary>Runs all frames.</summary>
    public void Run(ThreadTeam team)
    {
        LocalAttend work = this;
        team.Run(ref work, (Queries.RowCount + FramesPerItem - 1) / FramesPerItem, 3L * Queries.Values.Length * Positions.RowCount);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        Span<float> scores = stackalloc float[Left + Right + 1];
        int end = int.Min((item + 1) * FramesPerItem, Queries.RowCount);
        for (int frame = item * FramesPerItem; frame < end; frame++)
        {
            for (int offset = 0; offset < Queries.ColumnCount; offset += QueryScale.Length)
            {
                Elementwise.Multiply(Queries[frame].Slice(offset, QueryScale.Length), QueryScale);
                Head(frame, offset, scores);
            }
        }
    }

    private void Head(int frame, int offset, Span<float> scores)
    {
        int width = QueryScale.Length, first = int.Max(0, frame - Left), last = int.Min(Keys.RowCount - 1, frame + Right);
        ReadOnlySpan<float> query = Queries[frame].Slice(offset, width);
        Span<float> seen = scores[..(last - first + 1)], target = Into[frame].Slice(offset, width);
        for (int other = first; other <= last; other++)
        {
            ReadOnlySpan<float> position = Positions[frame - other + Right].Slice(offset, width);
            seen[other - first] = Elementwise.Dot(query, Keys[other].Slice(offset, width)) + Elementwise.Dot(query, position);
        }

        Activation.Softcap(seen, Cap);
        Softmax.Row(seen);
        target.Clear();
        for (int other = first; other <= last; other++)
        {
            Elementwise.AddScaled(target, seen[other - first], Values[other].Slice(offset, width));
        }
    }
}
