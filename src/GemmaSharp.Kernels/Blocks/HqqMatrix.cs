using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Blocks;

/// <summary>
/// Weights of HQQ, [rows / 64, columns, block]: a block is one column of the rows r, r + rows / 64, r + 2 rows / 64, ..., which share a
/// float32 scale and zero: (code - zero) scale. With 4 bits, byte i holds code i above code i + 32.
/// </summary>
internal sealed unsafe class HqqMatrix : WeightMatrix
{
    internal const int BlockRows = 64;
    private const int PairBytes = 2 * sizeof(float);
    private const int MostReadBytes = 1 << 24;
    private readonly NativeBuffer _packed;
    private readonly int _blockBytes;

    private HqqMatrix(WeightType type, int rows, int columns)
        : base(rows, columns)
    {
        _blockBytes = WeightTypes.BlockBytes(type);
        HasNibbles = type == WeightType.HQQ4;
        _packed = NativeBuffer.ForWeights((long)GroupCount * columns * _blockBytes);
    }

    public override long Bytes => _packed.Length;

    /// <summary>Groups of 64 rows; also how far the rows of a group are apart.</summary>
    internal int GroupCount => RowCount / BlockRows;

    /// <summary>Whether two codes share a byte.</summary>
    internal bool HasNibbles { get; }

    internal static HqqMatrix Pack(WeightType type, int rows, int columns, RowReader read)
    {
        if (rows % BlockRows != 0)
        {
            throw new ArgumentException($"{rows} rows are no whole number of blocks of {BlockRows}");
        }

        HqqMatrix matrix = new(type, rows, columns);
        try
        {
            for (long offset = 0; offset < matrix.Bytes; offset += MostReadBytes)
            {
                matrix._packed.Populate(offset, long.Min(MostReadBytes, matrix.Bytes - offset));
                read(offset, new Span<byte>(matrix._packed.Pointer + offset, (int)long.Min(MostReadBytes, matrix.Bytes - offset)));
            }

            return matrix;
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }

    public override void ReadRow(int row, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)RowCount);
        int member = row / GroupCount;
        for (int column = 0; column < ColumnCount; column++)
        {
            byte* block = Block(row % GroupCount, column);
            byte* codes = block + PairBytes;
            int code = !HasNibbles ? codes[member] : member < BlockRows / 2 ? codes[member] >> 4 : codes[member - (BlockRows / 2)] & 15;
            into[column] = (code - ((float*)block)[1]) * *(float*)block;
        }
    }

    internal byte* Block(int group, int column) => _packed.Pointer + ((((long)group * ColumnCount) + column) * _blockBytes);

    internal override int ItemCount(in ProductInput x, Matrix into) => new HqqProduct(this, x.Rows, into).ItemCount;

    internal override void RunItem(int item, in ProductInput x, Matrix into) => new HqqProduct(this, x.Rows, into).Run(item);

    private protected override WeightMatrix Part(int rows, int columns) =>
        throw new ArgumentException("HQQ joins rows that are far apart: a matrix of it has no prefix");

    private protected override void Release() => _packed.Dispose();
}
