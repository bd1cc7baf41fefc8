using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>128 bytes of low nibbles; 64 bytes of high pairs of bits; 16 signed scales; d: d scale (code - 32).</summary>
internal readonly unsafe struct Q6_K : IBlockFormat
{
    internal const int AtHigh = 128;
    internal const int AtScales = 192;
    internal const int AtScale = 208;

    public static int Length => 256;

    public static int Bytes => 210;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from + AtScale);
        sbyte* scales = (sbyte*)(from + AtScales);
        Vector128<sbyte> middle = Vector128.Create((sbyte)32);
        for (int group = 0; group < 16; group++)
        {
            int half = group / 8, run = group % 8 / 2, part = 16 * (group % 2);
            Vector128<byte> low = Vector128.Load(from + (64 * half) + (32 * (run % 2)) + part);
            low = run < 2 ? Codes.Low(low) : Codes.High(low);
            Vector128<byte> high = Codes.Pair(Vector128.Load(from + AtHigh + (32 * half) + part), 2 * run);
            Codes.Scale((low | (high.AsUInt16() << 4).AsByte()).AsSByte() - middle, scale * scales[group], into + (16 * group));
        }
    }
}
