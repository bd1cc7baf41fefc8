namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Where quantised rows lie: float rows as signed bytes -127..127 in blocks of 32 with a float scale, whatever weights they meet. Runs of 256
/// columns, in each tiles of eight rows, in each the run's blocks. A block of a tile holds its rows' bytes, [rows, 32], then facts of each row
/// as words, [<see cref="Words"/>, rows]. The last tile has four rows where that is enough, and one where there is one row only.
/// </summary>
internal static class QuantizedRows
{
    /// <summary>Values that share a scale.</summary>
    public const int BlockColumns = 32;

    /// <summary>Columns after which the next tile's come.</summary>
    public const int RunColumns = 256;

    /// <summary>Rows of a full tile.</summary>
    public const int TileRows = 8;

    /// <summary>Facts of a row's block.</summary>
    public const int Words = 6;

    /// <summary>Word: the scale, a float.</summary>
    public const int Scale = 0;

    /// <summary>Word: -8 times the sum of the bytes, an integer.</summary>
    public const int Sum8 = 1;

    /// <summary>Word: -128 times the sum.</summary>
    public const int Sum128 = 2;

    /// <summary>Word: the sum times the scale, a float.</summary>
    public const int ScaledSum = 3;

    /// <summary>Word: the sum of the first 16 columns times the scale.</summary>
    public const int ScaledLower = 4;

    /// <summary>Word: the sum of the last 16 columns times the scale.</summary>
    public const int ScaledUpper = 5;

    /// <summary>Bytes of a row's block.</summary>
    public const int BlockBytes = BlockColumns + (Words * sizeof(float));

    private const int FewRows = 4;

    /// <summary>Tiles of that many rows.</summary>
    public static int Tiles(int rows) => (rows + TileRows - 1) / TileRows;

    /// <summary>Rows of tile <paramref name="tile"/> with its padding.</summary>
    public static int Width(int tile, int rows) => rows == 1 ? 1 : rows - (tile * TileRows) <= FewRows ? FewRows : TileRows;

    /// <summary>Rows of all tiles with their padding.</summary>
    public static int Padded(int rows) => ((Tiles(rows) - 1) * TileRows) + Width(Tiles(rows) - 1, rows);

    /// <summary>Bytes of all rows.</summary>
    public static long Length(int rows, int columns) => (long)Padded(rows) * (columns / BlockColumns) * BlockBytes;

    /// <summary>Blocks of the run that begins at a column.</summary>
    public static int RunBlocks(int column, int columns) => int.Min(RunColumns, columns - column) / BlockColumns;

    /// <summary>Where a tile of the run that begins at a column lies.</summary>
    public static long Offset(int tile, int column, int rows, int columns) =>
        (((long)Padded(rows) * (column / BlockColumns)) + ((long)tile * TileRows * RunBlocks(column, columns))) * BlockBytes;
}
