using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// 16 bytes of scale (low nibble) and minimum (high); 64 bytes of codes, four to a byte; d; dmin:
/// d scale code - dmin minimum.
/// </summary>
internal readonly unsafe struct Q2_K : IBlockFormat
{
    internal const int AtCodes = 16;
    internal const int AtScale = 80;

    public static int Length => 256;

    public static int Bytes => 84;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from + AtScale), minimum = Codes.Half(from + AtScale + 2);
        for (int group = 0; group < 16; group++)
        {
            // Groups of 16 run over bytes 0..31, then the next two bits of the same bytes; after four pairs of bits bytes 32..63.
            byte* codes = from + AtCodes + (32 * (group / 8)) + (16 * (group % 2));
            Vector128<byte> values = Codes.Pair(Vector128.Load(codes), 2 * (group % 8 / 2));
            Codes.Scale(values, scale * (from[group] & 15), -(minimum * (from[group] >> 4)), into + (16 * group));
        }
    }
}
