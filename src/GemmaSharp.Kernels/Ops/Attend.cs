using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// Causal attention of new tokens over cached keys and values, scale 1: softmax(q · k) v for every head. Keys are taken in ascending
/// order from a query's first visible one, so a result does not depend on how the tokens were cut into passes.
/// </summary>
public readonly ref struct Attend : IWork
{
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
        int heads = Queries.ColumnCount / HeadDim;
        Attend work = this;
        team.Run(ref work, heads * Queries.RowCount, 2L * Queries.Values.Length * Keys.RowCount);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        int heads = Queries.ColumnCount / HeadDim;
        int token = item / heads, head = item % heads;
        int group = heads / (Keys.ColumnCount / HeadDim);
        int offset = head / group * HeadDim;
        int position = QueryPosition + token;
        int first = int.Max(0, (int)long.Max(KeyPosition, position - (long)Window + 1) - KeyPosition);
        int count = position - KeyPosition + 1 - first;

        ReadOnlySpan<float> query = Queries[token].Slice(head * HeadDim, HeadDim);
        Span<float> scores = Scores.Slice(item * Keys.RowCount, count);
        for (int key = 0; key < count; key++)
        {
            scores[key] = Elementwise.Dot(query, Keys[first + key].Slice(offset, HeadDim));
        }

        Softmax.Row(scores);
        Span<float> into = Into[token].Slice(head * HeadDim, HeadDim);
        into.Clear();
        for (int key = 0; key < count; key++)
        {
            Elementwise.AddScaled(into, scores[key], Values[first + key].Slice(offset, HeadDim));
        }
    }
}
