using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <summary>The exact integers Σ code * value of blocks of Q8_0, as a file holds them, times one quantised row.</summary>
internal static unsafe class RowDots
{
    /// <summary>Blocks of a row that are computed together.</summary>
    public const int Blocks = Q8_0FileScales.MostBlocks;

    private const int Codes = Q8_0FilePanels.CodesAt, Block = Q8_0FilePanels.BlockBytes, Values = QuantizedRows.BlockBytes;

    /// <summary>Whether the codes are taken as 128 more than they are, as packed ones are.</summary>
    public static bool HasOffset
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => AvxVnni.IsSupported;
    }

    /// <summary>Writes the integers of up to eight blocks of sixteen rows.</summary>
    /// <param name="rows">The first row's first block.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="ahead">So many bytes from where they are read, as many bytes are asked for.</param>
    /// <param name="blocks">Blocks of a row.</param>
    /// <param name="x">The same columns of a quantised row.</param>
    /// <param name="into">[16, 8].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(byte* rows, nint stride, nint ahead, int blocks, byte* x, int* into)
    {
        int* end = into + (QuantLayout.PanelRows * Blocks);
        if (Avx2.IsSupported && blocks == Blocks)
        {
            for (; into < end; into += Blocks, rows += stride)
            {
                Prefetch.Read(rows + ahead, Blocks * Block);
                Eight(rows + Codes, x).Store(into);
            }

            return;
        }

        for (; into < end; into += Blocks, rows += stride)
        {
            Prefetch.Read(rows + ahead, Blocks * Block);
            for (int block = 0; block < blocks; block++)
            {
                into[block] = One(rows + Codes + (block * Block), x + (block * Values));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Eight(byte* codes, byte* x)
    {
        Vector256<int> lower = Four(codes, x), upper = Four(codes + (4 * Block), x + (4 * Values));
        return Avx2.Permute2x128(lower, upper, 0x20) + Avx2.Permute2x128(lower, upper, 0x31);
    }

    // Of four blocks, in each half of 128 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Four(byte* codes, byte* x) => Avx2.HorizontalAdd(
        Avx2.HorizontalAdd(Products(codes, x), Products(codes + Block, x + Values)),
        Avx2.HorizontalAdd(Products(codes + (2 * Block), x + (2 * Values)), Products(codes + (3 * Block), x + (3 * Values))));

    // Eight sums of four products each. Without products of bytes in 32 bits: those of magnitudes up to 128 and 127, two of which fit 16 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Products(byte* codes, byte* x)
    {
        Vector256<sbyte> values = Vector256.Load((sbyte*)x);
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, Vector256.Load(codes) ^ Vector256.Create((byte)0x80), values);
        }

        Vector256<sbyte> weights = Vector256.Load((sbyte*)codes);
        return Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Avx2.Abs(weights), Avx2.Sign(values, weights)), Vector256.Create((short)1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int One(byte* codes, byte* x)
    {
        if (Avx2.IsSupported)
        {
            return Vector256.Sum(Products(codes, x));
        }

        Vector128<sbyte> a = Vector128.Load((sbyte*)codes), b = Vector128.Load((sbyte*)codes + 16), c = Vector128.Load((sbyte*)x), d = Vector128.Load((sbyte*)x + 16);
        return Vector128.Sum(Dp.IsSupported ? Dp.DotProduct(Dp.DotProduct(Vector128<int>.Zero, a, c), b, d) : Products(a, c) + Products(b, d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Products(Vector128<sbyte> weights, Vector128<sbyte> values)
    {
        (Vector128<short> a, Vector128<short> b) = Vector128.Widen(weights);
        (Vector128<short> c, Vector128<short> d) = Vector128.Widen(values);
        (Vector128<int> lower, Vector128<int> upper) = Vector128.Widen((a * c) + (b * d));
        return lower + upper;
    }
}
