using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>64 bytes of codes, four to a byte; d: (code - 1) d.</summary>
internal readonly unsafe struct TQ2_0 : IBlockFormat
{
    internal const int AtScale = 64;

    public static int Length => 256;

    public static int Bytes => 66;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from + AtScale);
        for (int group = 0; group < 16; group++)
        {
            Vector128<byte> packed = Vector128.Load(from + (32 * (group / 8)) + (16 * (group % 2)));
            Codes.Scale(Codes.Pair(packed, 2 * (group % 8 / 2)).AsSByte() - Vector128<sbyte>.One, scale, into + (16 * group));
        }
    }
}
