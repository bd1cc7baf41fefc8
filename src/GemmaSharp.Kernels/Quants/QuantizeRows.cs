using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Writes float rows as <see cref="QuantizedRows"/>; an item is a tile. Rows that pad a tile are zeros.</summary>
internal readonly unsafe ref struct QuantizeRows(Matrix rows, byte* into) : IWork
{
    private const int Columns = QuantizedRows.BlockColumns;

    // Adding it rounds a float below 2^22 to the nearest integer, ties to even, and leaves that in the low bits.
    private const float Rounder = 12582912f;
    private const float LargestCode = 127f;

    // Below it the reciprocal overflows; such values add nothing a float would keep beside any weight.
    private const float Smallest = 1e-30f;

    private readonly Matrix _rows = rows;
    private readonly byte* _into = into;

    /// <summary>Tiles to hand out.</summary>
    public int ItemCount => QuantizedRows.Tiles(_rows.RowCount);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int item)
    {
        int first = item * QuantizedRows.TileRows, columns = _rows.ColumnCount;
        int width = QuantizedRows.Width(item, _rows.RowCount);
        fixed (float* values = _rows.Values)
        {
            for (int column = 0; column < columns; column += QuantizedRows.RunColumns)
            {
                byte* tile = _into + QuantizedRows.Offset(item, column, _rows.RowCount, columns);
                int blocks = QuantizedRows.RunBlocks(column, columns);
                for (int row = 0; row < width; row++)
                {
                    float* from = first + row < _rows.RowCount ? values + ((long)(first + row) * columns) + column : null;
                    Quantize(from, blocks, tile, row, width);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quantize(float* from, int blocks, byte* tile, int row, int width)
    {
        sbyte* codes = (sbyte*)tile + (row * Columns);
        byte* words = tile + (width * Columns) + (row * sizeof(float));
        int block = width * QuantizedRows.BlockBytes;
        for (; blocks > 0; blocks--, codes += block, words += block)
        {
            if (from is null)
            {
                new Span<byte>(codes, Columns).Clear();
                Write(words, width, 0f, 0, 0);
                continue;
            }

            Quantize(from, codes, words, width);
            from += Columns;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quantize(float* from, sbyte* codes, byte* words, int width)
    {
        float largest = Largest(from);
        if (!(largest >= Smallest && float.IsFinite(largest)))
        {
            new Span<byte>(codes, Columns).Clear();
            Write(words, width, largest < Smallest ? 0f : float.NaN, 0, 0);
            return;
        }

        Vector256<float> inverse = Vector256.Create(LargestCode / largest);
        Vector256<int> a = Round(from, inverse), b = Round(from + 8, inverse), c = Round(from + 16, inverse), d = Round(from + 24, inverse);
        Vector256<sbyte> all = Narrow(a, b, c, d);
        all.Store(codes);
        (int lower, int upper) = Sums(all);
        Write(words, width, largest / LargestCode, lower, upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Narrow(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        if (Avx2.IsSupported)
        {
            // Packing works in halves of 128 bits: their groups of four come out as 0 2 4 6 1 3 5 7.
            Vector256<sbyte> mixed = Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(a, b), Avx2.PackSignedSaturate(c, d));
            return Avx2.PermuteVar8x32(mixed.AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsSByte();
        }

        return Vector256.Narrow(Vector256.Narrow(a, b), Vector256.Narrow(c, d));
    }

    // Of the first and the last 16 values.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int Lower, int Upper) Sums(Vector256<sbyte> values)
    {
        if (Avx2.IsSupported)
        {
            Vector256<short> pairs = Avx2.MultiplyAddAdjacent(Vector256.Create((byte)1), values);
            Vector256<int> fours = Avx2.MultiplyAddAdjacent(pairs, Vector256.Create((short)1));
            fours += Avx2.Shuffle(fours, 0b01_00_11_10);
            fours += Avx2.Shuffle(fours, 0b10_11_00_01);
            return (fours.ToScalar(), fours.GetUpper().ToScalar());
        }

        return (Sum(values.GetLower()), Sum(values.GetUpper()));
    }

    private static int Sum(Vector128<sbyte> values)
    {
        (Vector128<short> first, Vector128<short> second) = Vector128.Widen(values);
        return Vector128.Sum(first + second); // at most 16 * 127
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
        four = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        four = Vector128.Max(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2)));
        return four.AsSingle().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(byte* words, int width, float scale, int lower, int upper)
    {
        int word = width * sizeof(float);
        *(float*)(words + (QuantizedRows.Scale * word)) = scale;
        *(int*)(words + (QuantizedRows.Sum8 * word)) = -8 * (lower + upper);
        *(int*)(words + (QuantizedRows.Sum128 * word)) = -128 * (lower + upper);
        *(float*)(words + (QuantizedRows.ScaledSum * word)) = scale * (lower + upper);
        *(float*)(words + (QuantizedRows.ScaledLower * word)) = scale * lower;
        *(float*)(words + (QuantizedRows.ScaledUpper * word)) = scale * upper;
    }
}
