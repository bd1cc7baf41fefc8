using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>32 bytes of third bits; 64 bytes of codes, four to a byte; 16 scales of 6 bits; d: d (scale - 32) (code - 4).</summary>
internal readonly unsafe struct Q3_K : IBlockFormat
{
    internal const int AtCodes = 32;
    internal const int AtScales = 96;
    internal const int AtScale = 108;

    public static int Length => 256;

    public static int Bytes => 110;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from + AtScale);
        Vector128<sbyte> middle = Vector128.Create((sbyte)4);
        for (int group = 0; group < 16; group++)
        {
            int half = 16 * (group % 2);
            Vector128<byte> low = Codes.Pair(Vector128.Load(from + AtCodes + (32 * (group / 8)) + half), 2 * (group % 8 / 2));
            Vector128<byte> high = Codes.IfBit(Vector128.Load(from + half), group / 2, 4);
            Codes.Scale((low | high).AsSByte() - middle, scale * (SubScale(from + AtScales, group) - 32), into + (16 * group));
        }
    }

    /// <summary>Scale k of 16, as stored (32 stands for zero): four low bits in bytes 0..7, two high bits in bytes 8..11.</summary>
    public static int SubScale(byte* scales, int k)
    {
        int low = k < 8 ? scales[k] & 15 : scales[k - 8] >> 4;
        return low | (((scales[8 + (k % 4)] >> (2 * (k / 4))) & 3) << 4);
    }
}
