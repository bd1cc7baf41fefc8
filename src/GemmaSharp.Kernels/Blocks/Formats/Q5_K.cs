using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// d; dmin; eight pairs of scale and minimum; 32 bytes of fifth bits; 128 bytes of codes, two to a byte:
/// d scale code - dmin minimum.
/// </summary>
internal readonly unsafe struct Q5_K : IBlockFormat
{
    private const int AtPairs = 4;
    private const int AtFifth = 16;
    private const int AtCodes = 48;

    public static int Length => 256;

    public static int Bytes => 176;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from), minimum = Codes.Half(from + 2);
        Vector128<byte> fifth = Vector128.Load(from + AtFifth), fifthUpper = Vector128.Load(from + AtFifth + 16);
        for (int k = 0; k < 8; k++, into += 32)
        {
            byte* codes = from + AtCodes + (32 * (k / 2));
            Vector128<byte> first = Vector128.Load(codes), second = Vector128.Load(codes + 16);
            first = k % 2 == 0 ? Codes.Low(first) : Codes.High(first);
            second = k % 2 == 0 ? Codes.Low(second) : Codes.High(second);
            float subScale = scale * PackedPairs.Scale(from + AtPairs, k), offset = -(minimum * PackedPairs.Minimum(from + AtPairs, k));
            Codes.Scale(first | Codes.IfBit(fifth, k, 16), subScale, offset, into);
            Codes.Scale(second | Codes.IfBit(fifthUpper, k, 16), subScale, offset, into + 16);
        }
    }
}
