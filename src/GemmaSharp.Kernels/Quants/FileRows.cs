using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Reads the blocks of 16 rows as files hold them, turned to [words of four bytes][16 rows], so that one vector holds the same word of many rows.</summary>
internal static unsafe class FileRows
{
    private const int WordBytes = sizeof(uint), Rows = QuantLayout.PanelRows;

    /// <summary>Words that are turned together, 16 bytes of a row.</summary>
    private const int Turned = 4;

    /// <summary>Words to turn for so many bytes: whole vectors, so that up to twelve bytes behind a block are read too.</summary>
    public static int Words(int bytes) => (bytes + (Turned * WordBytes) - 1) / (Turned * WordBytes) * Turned;

    /// <summary>The word of 16 rows that begins at a byte of their blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* At(byte* block, int offset) => block + (offset * Rows);

    /// <summary>A byte of 16 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Bytes(byte* block, int offset)
    {
        uint* word = (uint*)At(block, offset / WordBytes * WordBytes);
        int bit = offset % WordBytes * 8;
        Vector128<uint> mask = Vector128.Create(0xFFu);
        return Vector128.Narrow(
            Vector128.Narrow((Vector128.Load(word) >> bit) & mask, (Vector128.Load(word + 4) >> bit) & mask),
            Vector128.Narrow((Vector128.Load(word + 8) >> bit) & mask, (Vector128.Load(word + 12) >> bit) & mask));
    }

    /// <summary>Half of each byte, from bit 0 or 4, of word <paramref name="index"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Nibble<TLanes, TVector>(byte* words, int index, int bit)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.And(TLanes.ShiftRight(TLanes.Load(words + (index * CodePlanes.VectorBytes)), bit), 0x0F);

    /// <summary>Two bits of each byte of word <paramref name="index"/>, moved to bit <paramref name="place"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Pair<TLanes, TVector>(byte* words, int index, int bit, int place)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        TLanes.And(TLanes.ShiftLeft(TLanes.ShiftRight(TLanes.Load(words + (index * CodePlanes.VectorBytes)), bit), place), (byte)(3 << place));

    /// <summary>A bit of each byte of word <paramref name="index"/>, moved to bit <paramref name="place"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Bit<TLanes, TVector>(byte* words, int index, int bit, int place)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        TLanes.And(TLanes.ShiftLeft(TLanes.ShiftRight(TLanes.Load(words + (index * CodePlanes.VectorBytes)), bit), place), (byte)(1 << place));

    /// <summary>Scale and minimum of a sub-block of Q4_K and Q5_K, from the 12 bytes that hold them, to [2][16].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PackPairs(byte* pairs, int k, byte* into)
    {
        Vector128<byte> six = Vector128.Create((byte)63), four = Vector128.Create((byte)15);
        if (k < 4)
        {
            (Bytes(pairs, k) & six).Store(into);
            (Bytes(pairs, k + 4) & six).Store(into + Rows);
            return;
        }

        Vector128<byte> both = Bytes(pairs, k + 4);
        ((both & four) | ((Bytes(pairs, k - 4) >> 6) << 4)).Store(into);
        ((both >> 4) | ((Bytes(pairs, k) >> 6) << 4)).Store(into + Rows);
    }

    /// <summary>Turns the 32 bits of a word, bit i of column i, into the plane of <see cref="CodePlanes"/>: bit j of byte b of column 4 j + b.</summary>
    public static void RegroupBits(byte* word)
    {
        for (uint* lanes = (uint*)word; lanes < (uint*)word + Rows; lanes += Vector128<uint>.Count)
        {
            Vector128<uint> bits = Vector128.Load(lanes), made = default;
            for (int b = 0; b < WordBytes; b++)
            {
                // Every fourth bit, closed up step by step: 2 together, then 4, then 8.
                Vector128<uint> some = (bits >> b) & Vector128.Create(0x11111111u);
                some = (some | (some >> 3)) & Vector128.Create(0x03030303u);
                some = (some | (some >> 6)) & Vector128.Create(0x000F000Fu);
                some = (some | (some >> 12)) & Vector128.Create(0xFFu);
                made |= some << (8 * b);
            }

            made.Store(lanes);
        }
    }
}
