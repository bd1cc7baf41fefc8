using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Codes as files hold them, as 32 bytes in eight integers.</summary>
internal static unsafe class FileCodes
{
    private const uint Nibbles = 0x0F0F0F0F, Pairs = 0x03030303, Bits = 0x01010101;

    /// <summary>Sixteen bytes: columns 0..15 in the low halves, 16..31 in the high ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SplitNibbles(byte* from, uint* codes)
    {
        for (int j = 0; j < 4; j++)
        {
            uint both = ((uint*)from)[j];
            codes[j] = both & Nibbles;
            codes[j + 4] = (both >> 4) & Nibbles;
        }
    }

    /// <summary>Adds bit 4 of column i from bit i of the 32 at <paramref name="from"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFifthBits(byte* from, uint* codes)
    {
        // The product puts bit b of four at bit 8 b.
        const uint spread = 0x00204081;
        uint bits = *(uint*)from;
        for (int j = 0; j < 8; j++)
        {
            codes[j] |= ((((bits >> (4 * j)) & 0xF) * spread) & Bits) << 4;
        }
    }

    /// <summary>Half of each of 32 bytes, from bit 0 or 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NibblesAt(byte* from, int bit, uint* codes)
    {
        for (int j = 0; j < 8; j++)
        {
            codes[j] = (((uint*)from)[j] >> bit) & Nibbles;
        }
    }

    /// <summary>Adds two bits of each of 32 bytes, from <paramref name="bit"/>, at bit <paramref name="place"/> of the codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddPairs(byte* from, int bit, int place, uint* codes)
    {
        for (int j = 0; j < 8; j++)
        {
            codes[j] |= ((((uint*)from)[j] >> bit) & Pairs) << place;
        }
    }

    /// <summary>Adds a bit of each of 32 bytes at bit <paramref name="place"/> of the codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddBits(byte* from, int bit, int place, uint* codes)
    {
        for (int j = 0; j < 8; j++)
        {
            codes[j] |= ((((uint*)from)[j] >> bit) & Bits) << place;
        }
    }
}
