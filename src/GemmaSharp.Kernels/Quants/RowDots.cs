using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// The exact integers Σ weight * value of 32 columns, of as many rows as there are lanes. A row's products lie along its vector; the vectors
/// are added up so that lane r holds row r's sum, as it does in a packed panel.
/// </summary>
internal static unsafe class RowDots<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int Words = QuantizedRows.BlockColumns;

    /// <summary>Lanes: rows [Count], from the first one's 32 signed bytes on.</summary>
    /// <param name="rows">The first row's bytes.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="x">A block of one quantised row: its values, -127..127, then its words.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of(byte* rows, nint stride, byte* x)
    {
        if (TLanes.Count == 16)
        {
            return Unsafe.BitCast<Vector512<int>, TVector>(Sixteen(rows, stride, x));
        }

        return TLanes.Count == 8
            ? Unsafe.BitCast<Vector256<int>, TVector>(Eight(rows, stride, x))
            : Unsafe.BitCast<Vector128<int>, TVector>(Four(rows, stride, x));
    }

    // Quarters 0 and 1 of a vector are of one row, 2 and 3 of the row four behind it, so that what is added up lies in the order of the rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Sixteen(byte* rows, nint stride, byte* x)
    {
        Vector256<sbyte> values = Vector256.Load((sbyte*)x);
        Vector512<int> lower = EightByTwo(rows, stride, values), upper = EightByTwo(rows + (8 * stride), stride, values);
        Vector512<int> sums = Avx512F.Shuffle4x128(lower, upper, 0b10_00_10_00) + Avx512F.Shuffle4x128(lower, upper, 0b11_01_11_01);
        return AvxVnni.IsSupported ? sums + Vector512.Create(*(int*)(x + Words + (QuantizedRows.Sum128 * sizeof(int)))) : sums;
    }

    // Rows 0..3 in quarters 0 and 1, rows 4..7 in the others, each with two parts of its sum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> EightByTwo(byte* rows, nint stride, Vector256<sbyte> values)
    {
        Vector512<long> ab = Added(Both(rows, stride, values), Both(rows + stride, stride, values)).AsInt64();
        Vector512<long> cd = Added(Both(rows + (2 * stride), stride, values), Both(rows + (3 * stride), stride, values)).AsInt64();
        return Avx512F.UnpackLow(ab, cd).AsInt32() + Avx512F.UnpackHigh(ab, cd).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Added(Vector512<int> a, Vector512<int> b) => Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Both(byte* row, nint stride, Vector256<sbyte> values) =>
        Avx512F.InsertVector256(Products(row, values).ToVector512Unsafe(), Products(row + (4 * stride), values), 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Eight(byte* rows, nint stride, byte* x)
    {
        Vector256<sbyte> values = Vector256.Load((sbyte*)x);
        byte* upper = rows + (4 * stride);
        nint twice = 2 * stride, thrice = 3 * stride;
        Vector256<int> lower = Totals(Products(rows, values), Products(rows + stride, values), Products(rows + twice, values), Products(rows + thrice, values));
        Vector256<int> higher = Totals(Products(upper, values), Products(upper + stride, values), Products(upper + twice, values), Products(upper + thrice, values));
        Vector256<int> sums = Avx2.Permute2x128(lower, higher, 0x20) + Avx2.Permute2x128(lower, higher, 0x31);
        return AvxVnni.IsSupported ? sums + Vector256.Create(*(int*)(x + Words + (QuantizedRows.Sum128 * sizeof(int)))) : sums;
    }

    // Eight sums of four products each. Without products of bytes in 32 bits: those of magnitudes up to 128 and 127, two of which fit 16 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Products(byte* row, Vector256<sbyte> values)
    {
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, Vector256.Load(row) ^ Vector256.Create((byte)0x80), values);
        }

        Vector256<sbyte> weights = Vector256.Load((sbyte*)row);
        return Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Avx2.Abs(weights), Avx2.Sign(values, weights)), Vector256.Create((short)1));
    }

    // Of four vectors, in each half of 128 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Totals(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d) =>
        Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Four(byte* rows, nint stride, byte* x) => Vector128.Create(
        Vector128.Sum(Products(rows, x)),
        Vector128.Sum(Products(rows + stride, x)),
        Vector128.Sum(Products(rows + (2 * stride), x)),
        Vector128.Sum(Products(rows + (3 * stride), x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Products(byte* row, byte* x)
    {
        Vector128<sbyte> a = Vector128.Load((sbyte*)row), b = Vector128.Load((sbyte*)row + 16), c = Vector128.Load((sbyte*)x), d = Vector128.Load((sbyte*)x + 16);
        return Dp.IsSupported ? Dp.DotProduct(Dp.DotProduct(Vector128<int>.Zero, a, c), b, d) : Products(a, c) + Products(b, d);
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
