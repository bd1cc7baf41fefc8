using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using GemmaSharp.Kernels.Memory;

namespace GemmaSharp.Kernels.Tensors;

/// <summary>Sixteen rows of a file turned to [elements][16 rows], by 16 bytes of as many rows as the widest vectors hold.</summary>
internal static unsafe class TurnedRows
{
    private const int Rows = 16;
    private const int VectorBytes = Rows * sizeof(uint);
    private const int Words = 4; // of a vector of a row
    private const int LineWords = 64 / sizeof(uint);

    /// <summary>Turns elements of four bytes.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="rowBytes">From row to row.</param>
    /// <param name="words">Elements of a row; a multiple of four.</param>
    /// <param name="into">[words, 16].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Turn(byte* rows, nint rowBytes, int words, byte* into)
    {
        int together = Avx512F.IsSupported ? Rows : Avx2.IsSupported ? 2 * Words : Words;
        for (int row = 0; row < Rows; row += together, rows += together * rowBytes, into += together * sizeof(uint))
        {
            byte* to = into;
            for (byte* from = rows, end = rows + (words * sizeof(uint)); from < end; from += Words * sizeof(uint), to += Words * VectorBytes)
            {
                if (Avx512F.IsSupported)
                {
                    TurnSixteen(from, rowBytes, to);
                }
                else if (Avx2.IsSupported)
                {
                    TurnEight(from, rowBytes, to);
                }
                else
                {
                    TurnFour(from, rowBytes, to);
                }
            }
        }
    }

    /// <summary>Turns rows of floats; rows far apart share the cache's places, so each line of theirs is used whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TurnSingles(byte* rows, int columns, byte* into)
    {
        nint rowBytes = (nint)columns * sizeof(uint);
        int column = 0;
        for (; column <= columns - LineWords; column += LineWords)
        {
            Turn(rows + (column * sizeof(uint)), rowBytes, LineWords, into + ((nint)column * VectorBytes));
        }

        TurnOneByOne<uint>(rows, column, columns, into);
    }

    /// <summary>Turns rows of elements of two bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TurnHalves(byte* rows, int columns, byte* into)
    {
        nint rowBytes = (nint)columns * sizeof(ushort);
        int column = 0;
        for (; column <= columns - (2 * LineWords); column += 2 * LineWords)
        {
            TurnPairs(rows + (column * sizeof(ushort)), rowBytes, LineWords, into + ((nint)column * Rows * sizeof(ushort)));
        }

        TurnOneByOne<ushort>(rows, column, columns, into);
    }

    /// <summary>Turns pairs of elements of two bytes.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="rowBytes">From row to row.</param>
    /// <param name="pairs">Pairs of a row; a multiple of four, at most 16.</param>
    /// <param name="into">[2 pairs, 16].</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TurnPairs(byte* rows, nint rowBytes, int pairs, byte* into)
    {
        byte* room = stackalloc byte[(LineWords * VectorBytes) + CacheLine.Bytes], turned = CacheLine.AtOrBehind(room);
        Turn(rows, rowBytes, pairs, turned);
        for (int pair = 0; pair < pairs; pair++)
        {
            Split((uint*)(turned + (pair * VectorBytes)), (ushort*)into + (2 * pair * Rows));
        }
    }

    // The lower halves of 16 words, then the upper ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(uint* words, ushort* into)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<uint> all = Vector512.Load(words);
            Avx512F.ConvertToVector256UInt16(all).Store(into);
            Avx512F.ConvertToVector256UInt16(all >> 16).Store(into + Rows);
            return;
        }

        Vector128<uint> low = Vector128.Create(0xFFFFu);
        Vector128<uint> a = Vector128.Load(words), b = Vector128.Load(words + 4), c = Vector128.Load(words + 8), d = Vector128.Load(words + 12);
        Vector128.Narrow(a & low, b & low).Store(into);
        Vector128.Narrow(c & low, d & low).Store(into + 8);
        Vector128.Narrow(a >> 16, b >> 16).Store(into + Rows);
        Vector128.Narrow(c >> 16, d >> 16).Store(into + Rows + 8);
    }

    private static void TurnOneByOne<T>(byte* rows, int start, int columns, byte* into)
        where T : unmanaged
    {
        for (int row = 0; row < Rows; row++)
        {
            for (int column = start; column < columns; column++)
            {
                ((T*)into)[((nint)column * Rows) + row] = ((T*)rows)[((nint)row * columns) + column];
            }
        }
    }

    // Part i of a vector holds row 4 i + its number, so that what is zipped comes out in the order of the rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnSixteen(byte* rows, nint rowBytes, byte* into)
    {
        Vector512<uint> a = EveryFourth(rows, rowBytes), b = EveryFourth(rows + rowBytes, rowBytes);
        Vector512<uint> c = EveryFourth(rows + (2 * rowBytes), rowBytes), d = EveryFourth(rows + (3 * rowBytes), rowBytes);
        Vector512<ulong> ab = Avx512F.UnpackLow(a, b).AsUInt64(), abHigh = Avx512F.UnpackHigh(a, b).AsUInt64();
        Vector512<ulong> cd = Avx512F.UnpackLow(c, d).AsUInt64(), cdHigh = Avx512F.UnpackHigh(c, d).AsUInt64();
        Avx512F.UnpackLow(ab, cd).Store((ulong*)into);
        Avx512F.UnpackHigh(ab, cd).Store((ulong*)(into + VectorBytes));
        Avx512F.UnpackLow(abHigh, cdHigh).Store((ulong*)(into + (2 * VectorBytes)));
        Avx512F.UnpackHigh(abHigh, cdHigh).Store((ulong*)(into + (3 * VectorBytes)));
    }

    // Put in place from memory, one by one: halves joined as vectors take more instructions.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> EveryFourth(byte* row, nint rowBytes)
    {
        nint fourth = 4 * rowBytes;
        Vector512<uint> rows = Avx512F.InsertVector128(Load(row).ToVector256Unsafe().ToVector512Unsafe(), Load(row + fourth), 1);
        return Avx512F.InsertVector128(Avx512F.InsertVector128(rows, Load(row + (2 * fourth)), 2), Load(row + (3 * fourth)), 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> EveryFourthOfEight(byte* row, nint rowBytes) => Avx2.InsertVector128(Load(row).ToVector256Unsafe(), Load(row + (4 * rowBytes)), 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Load(byte* row) => Vector128.Load((uint*)row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnEight(byte* rows, nint rowBytes, byte* into)
    {
        Vector256<uint> a = EveryFourthOfEight(rows, rowBytes), b = EveryFourthOfEight(rows + rowBytes, rowBytes);
        Vector256<uint> c = EveryFourthOfEight(rows + (2 * rowBytes), rowBytes), d = EveryFourthOfEight(rows + (3 * rowBytes), rowBytes);
        Vector256<ulong> ab = Avx2.UnpackLow(a, b).AsUInt64(), abHigh = Avx2.UnpackHigh(a, b).AsUInt64();
        Vector256<ulong> cd = Avx2.UnpackLow(c, d).AsUInt64(), cdHigh = Avx2.UnpackHigh(c, d).AsUInt64();
        Avx2.UnpackLow(ab, cd).Store((ulong*)into);
        Avx2.UnpackHigh(ab, cd).Store((ulong*)(into + VectorBytes));
        Avx2.UnpackLow(abHigh, cdHigh).Store((ulong*)(into + (2 * VectorBytes)));
        Avx2.UnpackHigh(abHigh, cdHigh).Store((ulong*)(into + (3 * VectorBytes)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnFour(byte* rows, nint rowBytes, byte* into)
    {
        (Vector128<uint> ab, Vector128<uint> abHigh) = Zip(Load(rows), Load(rows + rowBytes));
        (Vector128<uint> cd, Vector128<uint> cdHigh) = Zip(Load(rows + (2 * rowBytes)), Load(rows + (3 * rowBytes)));
        Vector128.Create(ab.GetLower(), cd.GetLower()).Store((uint*)into);
        Vector128.Create(ab.GetUpper(), cd.GetUpper()).Store((uint*)(into + VectorBytes));
        Vector128.Create(abHigh.GetLower(), cdHigh.GetLower()).Store((uint*)(into + (2 * VectorBytes)));
        Vector128.Create(abHigh.GetUpper(), cdHigh.GetUpper()).Store((uint*)(into + (3 * VectorBytes)));
    }

    // a0 b0 a1 b1 and a2 b2 a3 b3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<uint> Low, Vector128<uint> High) Zip(Vector128<uint> a, Vector128<uint> b) =>
        Sse2.IsSupported ? (Sse2.UnpackLow(a, b), Sse2.UnpackHigh(a, b))
        : AdvSimd.Arm64.IsSupported ? (AdvSimd.Arm64.ZipLow(a, b), AdvSimd.Arm64.ZipHigh(a, b))
        : (Vector128.Create(a[0], b[0], a[1], b[1]), Vector128.Create(a[2], b[2], a[3], b[3]));
}
