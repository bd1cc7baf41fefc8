namespace GemmaSharp.Kernels.KeyValues;

/// <summary>The places from..to-1 of a block.</summary>
internal readonly record struct AttendRange(int From, int To);

/// <summary>Queries of some tokens, of all heads that share a key head, and the room to attend over a block: token after token, head after head.</summary>
internal readonly unsafe struct AttendTile
{
    /// <summary>Rows are padded to a multiple.</summary>
    public const int RowUnit = 4;

    /// <summary>Up to so many rows read stored panels as they are; more share a panel unpacked to float32.</summary>
    public const int FewRows = 12;

    private const int StepColumns = Ops.PanelTile.StepColumns;
    private const int Stride = Ops.PanelTile.InputStride;

    public required int Count { get; init; }

    /// <summary>Query heads that share a key head.</summary>
    public required int Group { get; init; }

    public required int HeadDim { get; init; }

    /// <summary>Lanes of the vectors that stored panels are read with.</summary>
    public required int Lanes { get; init; }

    /// <summary>Absolute position of the first token.</summary>
    public required int Position { get; init; }

    public required int Window { get; init; }

    /// <summary>Room of <see cref="Floats"/> floats.</summary>
    public required float* Scratch { get; init; }

    /// <summary>[rows, padded headDim]: where the weighted values of a block go.</summary>
    public required float* Sums { get; init; }

    /// <summary>[rows, 2]: where the largest score and the sum of the weights go.</summary>
    public required float* Stats { get; init; }

    public int Rows => Padded(Count);

    /// <summary>Scores and then weights of a block, [rows, 128], rows as far apart as a tile's inputs.</summary>
    public float* Weights => Scratch;

    /// <summary>One panel as float32.</summary>
    public float* Unpacked => Weights + (Rows * Stride);

    public static int Padded(int rows) => (rows + RowUnit - 1) / RowUnit * RowUnit;

    public static int PaddedWidth(int headDim) => (headDim + CacheLayout.Lanes - 1) / CacheLayout.Lanes * CacheLayout.Lanes;

    /// <summary>Scratch that a tile of so many rows takes.</summary>
    public static long Floats(int rows, int headDim) =>
        ((long)Padded(rows) * Stride * (1 + Steps(headDim))) + ((long)CacheLayout.Lanes * int.Max(headDim, CacheLayout.BlockTokens));

    /// <summary>Queries from a column that is a multiple of 256 on, rows as far apart as a tile's inputs.</summary>
    public float* Queries(int column) =>
        Unpacked + ((long)CacheLayout.Lanes * int.Max(HeadDim, CacheLayout.BlockTokens)) + ((long)column / StepColumns * Rows * Stride);

    /// <summary>Copies a row of queries; the rows that pad the tile repeat the last.</summary>
    public void SetQuery(int row, float* query)
    {
        for (int column = 0; column < HeadDim; column += StepColumns)
        {
            int count = int.Min(StepColumns, HeadDim - column);
            new ReadOnlySpan<float>(query + column, count).CopyTo(new Span<float>(Queries(column) + (row * Stride), count));
        }
    }

    /// <summary>What a row sees of the block that begins at a position; empty when to is not above from.</summary>
    public AttendRange Range(int row, int firstPosition)
    {
        long position = (long)Position + (row / Group) - firstPosition;
        return new AttendRange((int)long.Clamp(position - Window + 1, 0, CacheLayout.BlockTokens), (int)long.Clamp(position + 1, 0, CacheLayout.BlockTokens));
    }

    /// <summary>What any row sees of it.</summary>
    public AttendRange Range(int firstPosition) => new(Range(0, firstPosition).From, Range(Count - 1, firstPosition).To);

    private static int Steps(int headDim) => (headDim + StepColumns - 1) / StepColumns;
}
