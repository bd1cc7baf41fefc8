using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Float rows as signed bytes -127..127 in blocks of 32 with a float scale, in tiles of four rows (one where a single row is left over; two or
/// three are padded with zeros). A tile holds for every block its rows' bytes, [rows, 32], then its rows' sides: the scale, and what the
/// kernel needs of the block's sum.
/// </summary>
internal readonly unsafe ref struct QuantizedRows<TKernel>(Matrix rows, byte* into) : IWork
    where TKernel : struct, IQuantKernel
{
    private const int Columns = QuantizedRows.BlockColumns;
    private const int Side = QuantizedRows.SideBytes;

    // Adding it rounds a float below 2^22 to the nearest integer, ties to even, and leaves that in the low bits.
    private const float Rounder = 12582912f;
    private const float LargestCode = 127f;

    // Below it the reciprocal overflows; such values add nothing a float would keep beside any weight.
    private const float Smallest = 1e-30f;

    private readonly Matrix _rows = rows;
    private readonly byte* _into = into;

    /// <summary>Tiles to hand out.</summary>
    public int ItemCount => QuantizedRows.Tiles(_rows.RowCount);

    public void Run(int item)
    {
        int first = item * QuantizedRows.TileRows;
        int count = int.Min(QuantizedRows.TileRows, _rows.RowCount - first);
        int width = QuantizedRows.Width(count);
        byte* tile = _into + QuantizedRows.TileOffset(item, _rows.ColumnCount);
        fixed (float* values = _rows.Values)
        {
            for (int row = 0; row < width; row++)
            {
                float* from = row < count ? values + ((long)(first + row) * _rows.ColumnCount) : null;
                Quantize(from, _rows.ColumnCount, tile + (row * Columns), tile + (width * Columns) + (row * Side), width * (Columns + Side));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quantize(float* from, int columns, byte* codes, byte* side, int stride)
    {
        for (int column = 0; column < columns; column += Columns, codes += stride, side += stride)
        {
            Quantize(from is null ? null : from + column, (sbyte*)codes, side);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quantize(float* from, sbyte* codes, byte* side)
    {
        float largest = from is null ? 0f : Largest(from);
        if (!(largest >= Smallest && float.IsFinite(largest)))
        {
            new Span<byte>(codes, Columns).Clear();
            WriteSide(side, largest < Smallest ? 0f : float.NaN, 0, 0);
            return;
        }

        Vector256<float> inverse = Vector256.Create(LargestCode / largest);
        Vector256<int> a = Round(from, inverse), b = Round(from + 8, inverse), c = Round(from + 16, inverse), d = Round(from + 24, inverse);
        Vector256.Narrow(Vector256.Narrow(a, b), Vector256.Narrow(c, d)).Store(codes);
        WriteSide(side, largest / LargestCode, Vector256.Sum(a + b), Vector256.Sum(c + d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Round(float* from, Vector256<float> inverse)
    {
        Vector256<float> rounder = Vector256.Create(Rounder);
        return ((Vector256.Load(from) * inverse) + rounder).AsInt32() - rounder.AsInt32();
    }

    // As integers, magnitudes keep their order and NaN comes out on top.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(float* from)
    {
        Vector256<int> magnitude = Vector256.Create(int.MaxValue);
        Vector256<int> lower = Vector256.Max(Vector256.Load((int*)from) & magnitude, Vector256.Load((int*)from + 8) & magnitude);
        Vector256<int> upper = Vector256.Max(Vector256.Load((int*)from + 16) & magnitude, Vector256.Load((int*)from + 24) & magnitude);
        Vector256<int> both = Vector256.Max(lower, upper);
        Vector128<int> four = Vector128.Max(both.GetLower(), both.GetUpper());
        int largest = int.Max(int.Max(four[0], four[1]), int.Max(four[2], four[3]));
        return BitConverter.Int32BitsToSingle(largest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteSide(byte* side, float scale, int lowerSum, int upperSum)
    {
        *(float*)side = scale;
        switch (TKernel.Minima)
        {
            case 0:
                *(int*)(side + QuantizedRows.SumAt) = TKernel.Offset * (lowerSum + upperSum);
                break;
            case 1:
                *(float*)(side + QuantizedRows.SumAt) = scale * (lowerSum + upperSum);
                break;
            default:
                *(float*)(side + QuantizedRows.SumAt) = scale * lowerSum;
                *(float*)(side + QuantizedRows.UpperSumAt) = scale * upperSum;
                break;
        }
    }
}

/// <summary>Sizes of quantised rows.</summary>
internal static class QuantizedRows
{
    /// <summary>Values that share a scale.</summary>
    public const int BlockColumns = 32;

    /// <summary>Bytes beside a block's codes.</summary>
    public const int SideBytes = 16;

    /// <summary>Where the sum lies: times the kernel's offset as an integer, or times the scale (of the first 16 columns where it has two minima).</summary>
    public const int SumAt = 4;

    /// <summary>Where the sum of the last 16 columns times the scale lies.</summary>
    public const int UpperSumAt = 8;

    /// <summary>Rows of a full tile.</summary>
    public const int TileRows = 4;

    /// <summary>Tiles of that many rows.</summary>
    public static int Tiles(int rows) => (rows + TileRows - 1) / TileRows;

    /// <summary>Rows that a tile of count rows takes with its padding.</summary>
    public static int Width(int count) => count == 1 ? 1 : TileRows;

    /// <summary>Where a tile begins.</summary>
    public static long TileOffset(int tile, int columns) => (long)tile * TileRows * (columns / BlockColumns) * (BlockColumns + SideBytes);
}
