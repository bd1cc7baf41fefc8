using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// IEEE halves that scale blocks. Each row's scales are stored times a power of two that lifts its largest to the top of the range, so that
/// subnormal ones become normal: exact, and undone on the row's sum.
/// </summary>
internal static unsafe class HalfScale
{
    /// <summary>A half's mantissa moves up by 13 bits to become a single's.</summary>
    public const int MantissaShift = 13;

    /// <summary>Bits of a half's mantissa.</summary>
    public const int MantissaBits = 10;

    /// <summary>Sign, exponent and mantissa of a half that was sign-extended and moved up.</summary>
    public const int SignAndMagnitude = unchecked((int)0x8FFFE000);

    /// <summary>2^112: a half's exponent is biased by 15, a single's by 127.</summary>
    public const float Rebias = 5.192296858534828e33f;

    /// <summary>The shift of a row whose largest scale is below 2^-13: half of them or more are subnormal if they are spread evenly.</summary>
    public const int ShiftOfSmall = LargestExponent - 1;

    private const int ExponentOfInfinity = 31;
    private const int LargestExponent = 30;

    /// <summary>The power of two that lifts the largest of a row's scales to the top, and whether all are finite; else it is 0.</summary>
    public static (int Shift, bool Finite) Shift(byte* row, int blocks, int blockBytes, int count)
    {
        int largest = 0;
        for (int block = 0; block < blocks; block++, row += blockBytes)
        {
            for (int at = 0; at < count; at++)
            {
                largest = int.Max(largest, ((ushort*)row)[at] & 0x7FFF);
            }
        }

        int exponent = largest >> MantissaBits;
        return exponent switch
        {
            ExponentOfInfinity => (0, false),
            > 0 => (LargestExponent - exponent, true),
            _ when largest == 0 => (0, true),
            _ => (LargestExponent + MantissaBits - 1 - int.Log2(largest), true),
        };
    }

    /// <summary>Whether a half is infinite or no number.</summary>
    public static bool IsNotFinite(ushort half) => (half & 0x7FFF) >> MantissaBits == ExponentOfInfinity;

    /// <summary>A half times 2^shift, where that is within its range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Scale(ushort half, int shift)
    {
        int magnitude = half & 0x7FFF;
        if (shift == 0 || magnitude == 0)
        {
            return half;
        }

        if (magnitude < 1 << MantissaBits)
        {
            // A subnormal's leading bit moves to where a normal one's is implied; the moves beyond it raise the exponent.
            int moves = MantissaBits - int.Log2(magnitude);
            magnitude = moves <= shift ? (magnitude << moves) + ((shift - moves) << MantissaBits) : magnitude << shift;
        }
        else
        {
            magnitude += shift << MantissaBits;
        }

        return (ushort)(magnitude | (half & 0x8000));
    }

    /// <summary>The value of a half stored times 2^shift.</summary>
    public static float Read(ushort half, int shift) => (float)BitConverter.UInt16BitsToHalf(half) * PowerOfTwo(-shift);

    /// <summary>2^exponent for normal results.</summary>
    public static float PowerOfTwo(int exponent) => BitConverter.Int32BitsToSingle((exponent + 127) << 23);
}
