using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; dmin; eight pairs of scale and minimum; 128 bytes of codes, two to a byte: d scale code - dmin minimum.</summary>
internal readonly unsafe struct Q4_K : IBlockFormat
{
    private const int AtPairs = 4;
    private const int AtCodes = 16;

    public static int Length => 256;

    public static int Bytes => 144;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from), minimum = Codes.Half(from + 2);
        for (int k = 0; k < 8; k += 2, into += 64)
        {
            // 32 bytes: the low nibbles are sub-block k, the high nibbles k + 1.
            Vector128<byte> first = Vector128.Load(from + AtCodes + (16 * k)), second = Vector128.Load(from + AtCodes + (16 * k) + 16);
            byte* pairs = from + AtPairs;
            float lowScale = scale * PackedPairs.Scale(pairs, k), lowOffset = -(minimum * PackedPairs.Minimum(pairs, k));
            float highScale = scale * PackedPairs.Scale(pairs, k + 1), highOffset = -(minimum * PackedPairs.Minimum(pairs, k + 1));
            Codes.Scale(Codes.Low(first), lowScale, lowOffset, into);
            Codes.Scale(Codes.Low(second), lowScale, lowOffset, into + 16);
            Codes.Scale(Codes.High(first), highScale, highOffset, into + 32);
            Codes.Scale(Codes.High(second), highScale, highOffset, into + 48);
        }
    }
}
