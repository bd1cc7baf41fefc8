using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Tensors;

/// <summary>Sixteen rows of a file turned to [elements][16 rows], by vectors of 16 bytes of four rows.</summary>
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
        for (int row = 0; row < Rows; row += Words, rows += Words * rowBytes, into += Words * sizeof(uint))
        {
            byte* to = into;
            for (byte* from = rows, end = rows + (words * sizeof(uint)); from < end; from += Words * sizeof(uint), to += Words * VectorBytes)
            {
                Turn(
                    Vector128.Load((uint*)from),
                    Vector128.Load((uint*)(from + rowBytes)),
                    Vector128.Load((uint*)(from + (2 * rowBytes))),
                    Vector128.Load((uint*)(from + (3 * rowBytes))),
                    to);
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
        byte* pairs = stackalloc byte[LineWords * VectorBytes];
        nint rowBytes = (nint)columns * sizeof(ushort);
        int column = 0;
        for (; column <= columns - (2 * LineWords); column += 2 * LineWords)
        {
            Turn(rows + (column * sizeof(ushort)), rowBytes, LineWords, pairs);
            for (int word = 0; word < LineWords; word++)
            {
                Split((uint*)(pairs + (word * VectorBytes)), (ushort*)into + ((column + (2 * (nint)word)) * Rows));
            }
        }

        TurnOneByOne<ushort>(rows, column, columns, into);
    }

    // The lower halves of 16 words, then the upper ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(uint* words, ushort* into)
    {
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d, byte* into)
    {
        (Vector128<uint> ab, Vector128<uint> abHigh) = Zip(a, b);
        (Vector128<uint> cd, Vector128<uint> cdHigh) = Zip(c, d);
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
