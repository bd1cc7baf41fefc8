using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// The codes of 16 rows times 32 columns, split by bits into planes of vectors [16 rows][4 bytes]; byte b of vector j belongs to column 4 j + b.
/// 8 bits: eight vectors. 4 bits: four, columns 0..15 low, 16..31 high. 2 bits: two, column group j at bits 2 (j mod 4) of vector j / 4.
/// 1 bit: one, column group j at bit j. Planes lie one after the other, lowest bits first.
/// </summary>
internal static unsafe class CodePlanes
{
    /// <summary>Bytes of a vector of 16 rows.</summary>
    public const int VectorBytes = 64;

    private const int Row = sizeof(uint);

    /// <summary>Bytes of a sub-block's codes.</summary>
    public static int Bytes(int codeBits) => codeBits * VectorBytes;

    /// <summary>Writes the codes of a sub-block of rows lane, lane + 1, ... from the words of a file's blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pack<TKernel, TLanes, TVector>(byte* block, int subBlock, byte* planes)
        where TKernel : struct, IQuantKernel
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int bit = 0;
        if (TKernel.CodeBits == 8)
        {
            for (int j = 0; j < 8; j++)
            {
                TLanes.Store(TKernel.FileCodes<TLanes, TVector>(block, subBlock, j), planes + (j * VectorBytes));
            }

            return;
        }

        if (TKernel.CodeBits >= 4)
        {
            for (int j = 0; j < 4; j++, planes += VectorBytes)
            {
                TVector low = TLanes.And(TKernel.FileCodes<TLanes, TVector>(block, subBlock, j), 0x0F);
                TLanes.Store(TLanes.Or(low, TLanes.ShiftLeft(TLanes.And(TKernel.FileCodes<TLanes, TVector>(block, subBlock, j + 4), 0x0F), 4)), planes);
            }

            bit = 4;
        }

        if (TKernel.CodeBits - bit >= 2)
        {
            Gather<TKernel, TLanes, TVector>(block, subBlock, 0, bit, planes);
            Gather<TKernel, TLanes, TVector>(block, subBlock, 4, bit, planes + VectorBytes);
            planes += 2 * VectorBytes;
            bit += 2;
        }

        if (bit < TKernel.CodeBits)
        {
            TVector bits = default;
            for (int j = 0; j < 8; j++)
            {
                bits = TLanes.Or(bits, TLanes.ShiftLeft(TLanes.And(TLanes.ShiftRight(TKernel.FileCodes<TLanes, TVector>(block, subBlock, j), bit), 1), j));
            }

            TLanes.Store(bits, planes);
        }
    }

    /// <summary>Reads back what <see cref="Pack"/> wrote.</summary>
    public static void Read(int codeBits, byte* planes, int row, uint* codes)
    {
        int first = row / Lanes128.Count * Lanes128.Count;
        uint* rows = stackalloc uint[Lanes128.Count];
        for (int j = 0; j < 8; j++)
        {
            Lanes128.Store(Codes<Lanes128, Vector128<byte>>(codeBits, planes + (first * Row), j), rows);
            codes[j] = rows[row - first];
        }
    }

    /// <summary>The codes of columns 4 j .. 4 j + 3 of the rows at <paramref name="planes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(int codeBits, byte* planes, int j)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => codeBits switch
        {
            2 => Pair<TLanes, TVector>(planes, j, 0),
            3 => TLanes.Or(Pair<TLanes, TVector>(planes, j, 0), Bit<TLanes, TVector>(planes + (2 * VectorBytes), j, 2)),
            4 => Nibble<TLanes, TVector>(planes, j),
            5 => TLanes.Or(Nibble<TLanes, TVector>(planes, j), Bit<TLanes, TVector>(planes + (4 * VectorBytes), j, 4)),
            6 => TLanes.Or(Nibble<TLanes, TVector>(planes, j), Pair<TLanes, TVector>(planes + (4 * VectorBytes), j, 4)),
            _ => TLanes.Load(planes + (j * VectorBytes)),
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Nibble<TLanes, TVector>(byte* plane, int j)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        j < 4
            ? TLanes.And(TLanes.Load(plane + (j * VectorBytes)), 0x0F)
            : TLanes.And(TLanes.ShiftRight(TLanes.Load(plane + ((j - 4) * VectorBytes)), 4), 0x0F);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Pair<TLanes, TVector>(byte* plane, int j, int place)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        TLanes.And(Move<TLanes, TVector>(TLanes.Load(plane + (j / 4 * VectorBytes)), 2 * (j % 4), place), (byte)(3 << place));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Bit<TLanes, TVector>(byte* plane, int j, int place)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        TLanes.And(Move<TLanes, TVector>(TLanes.Load(plane), j, place), (byte)(1 << place));

    // Two bits of four words of codes, the first word's lowest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather<TKernel, TLanes, TVector>(byte* block, int subBlock, int first, int bit, byte* plane)
        where TKernel : struct, IQuantKernel
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector pairs = default;
        for (int j = 0; j < 4; j++)
        {
            TVector codes = TLanes.ShiftRight(TKernel.FileCodes<TLanes, TVector>(block, subBlock, first + j), bit);
            pairs = TLanes.Or(pairs, TLanes.ShiftLeft(TLanes.And(codes, 3), 2 * j));
        }

        TLanes.Store(pairs, plane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Move<TLanes, TVector>(TVector value, int from, int to)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        from == to ? value : from > to ? TLanes.ShiftRight(value, from - to) : TLanes.ShiftLeft(value, to - from);
}
