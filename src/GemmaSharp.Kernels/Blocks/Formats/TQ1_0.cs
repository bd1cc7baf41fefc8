using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// 48 bytes of five digits of base 3, 4 bytes of four digits; d: (digit - 1) d. A byte is the fraction 0.abcde of base 3 times 256,
/// rounded up: the first digit is the whole part of three times the fraction, the rest of that the fraction of the next.
/// </summary>
internal readonly unsafe struct TQ1_0 : IBlockFormat
{
    internal const int AtShort = 48;
    internal const int AtScale = 52;
    private const int Digits = 5;

    public static int Length => 256;

    public static int Bytes => 54;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from + AtScale);
        Vector128<byte> first = Vector128.Load(from), second = Vector128.Load(from + 16), third = Vector128.Load(from + 32);
        for (int digit = 0; digit < Digits; digit++)
        {
            Codes.Scale(FirstDigit(first), scale, into + (32 * digit));
            Codes.Scale(FirstDigit(second), scale, into + (32 * digit) + 16);
            Codes.Scale(FirstDigit(third), scale, into + 160 + (16 * digit));
            first += first + first;
            second += second + second;
            third += third + third;
        }

        // Four bytes four times, multiplied by 3^0, 3^1, 3^2, 3^3.
        Vector128<byte> fourth = Vector128.Create(*(uint*)(from + AtShort)).AsByte()
            * Vector128.Create((byte)1, 1, 1, 1, 3, 3, 3, 3, 9, 9, 9, 9, 27, 27, 27, 27);
        Codes.Scale(FirstDigit(fourth), scale, into + 240);
    }

    // 3 v / 256 - 1: 86 and 171 are the least bytes that reach one and two.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> FirstDigit(Vector128<byte> fractions)
    {
        Vector128<byte> one = Vector128.GreaterThanOrEqual(fractions, Vector128.Create((byte)86));
        Vector128<byte> two = Vector128.GreaterThanOrEqual(fractions, Vector128.Create((byte)171));
        return (Vector128<byte>.AllBitsSet - one - two).AsSByte();
    }
}
