using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>Codes, one a byte, into the bits of blocks.</summary>
internal static unsafe class CodePacking
{
    /// <summary>The low nibbles of [2, half] codes: the first half low, the second high.</summary>
    public static void Nibbles(byte* codes, int half, byte* into)
    {
        Vector128<byte> low = Vector128.Create((byte)15);
        for (int at = 0; at < half; at += 16)
        {
            ((Vector128.Load(codes + at) & low) | (Vector128.Load(codes + half + at) << 4)).Store(into + at);
        }
    }

    /// <summary>The low two bits of [2, 4, 32] codes, four to a byte, 64 bytes.</summary>
    public static void Pairs(byte* codes, byte* into)
    {
        Vector128<byte> low = Vector128.Create((byte)3);
        for (int at = 0; at < 64; at += 16)
        {
            byte* from = codes + (128 * (at / 32)) + (at % 32);
            Vector128<byte> first = (Vector128.Load(from) & low) | ((Vector128.Load(from + 32) & low) << 2);
            Vector128<byte> second = (Vector128.Load(from + 64) & low) | ((Vector128.Load(from + 96) & low) << 2);
            (first | (second << 4)).Store(into + at);
        }
    }

    /// <summary>Bit <paramref name="bit"/> of [8, 32] codes as bit k of 32 bytes.</summary>
    public static void Bits(byte* codes, int bit, byte* into)
    {
        for (int at = 0; at < 32; at++)
        {
            int bits = 0;
            for (int k = 0; k < 8; k++)
            {
                bits |= ((codes[(32 * k) + at] >> bit) & 1) << k;
            }

            into[at] = (byte)bits;
        }
    }

    /// <summary>Bit 4 of 32 codes as a word.</summary>
    public static uint FifthBits(byte* codes)
    {
        uint bits = 0;
        for (int at = 0; at < 32; at++)
        {
            bits |= (uint)(codes[at] >> 4) << at;
        }

        return bits;
    }

    /// <summary>
    /// code = round((x + minimum) / scale) - lowest within bounds, for <paramref name="length"/> values, a multiple of 16.
    /// </summary>
    public static void Requantize(float* x, int length, float scale, float minimum, CodeRange range, byte* codes)
    {
        Vector256<float> divisor = Vector256.Create(scale), offset = Vector256.Create(minimum);
        Vector256<int> lowest = Vector256.Create(range.Lowest);
        for (int at = 0; at < length; at += 16)
        {
            Vector256<float> lower = (Vector256.Load(x + at) + offset) / divisor, upper = (Vector256.Load(x + at + 8) + offset) / divisor;
            Vector256<short> both = Vector256.Narrow(
                Lanes.RoundToInteger(lower, range.Lowest, range.Highest) - lowest, Lanes.RoundToInteger(upper, range.Lowest, range.Highest) - lowest);
            Vector128.Narrow(both.GetLower(), both.GetUpper()).AsByte().Store(codes + at);
        }
    }

    /// <summary>Writes a half.</summary>
    public static void Half(float value, byte* into) => *(ushort*)into = BitConverter.HalfToUInt16Bits((Half)value);
}

/// <summary>The codes a format has.</summary>
internal readonly record struct CodeRange(int Lowest, int Highest);
