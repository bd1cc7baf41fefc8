using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>A scale in E4M3; 32 signed codes: code E4M3(scale) / 416 (formats.md 13.3).</summary>
internal readonly unsafe struct F8Q8 : IBlockFormat
{
    // The largest scale its writer uses; E4M3 would go up to 448.
    private const float LargestScale = 416;

    public static int Length => 32;

    public static int Bytes => 33;

    public static void Decode(byte* from, float* into)
    {
        Vector256<float> scale = Vector256.Create(E4M3.Load(*from) / LargestScale);
        for (int at = 0; at < Length; at += 8)
        {
            (Codes.ToFloat(*(ulong*)(from + 1 + at)) * scale).Store(into + at);
        }
    }
}
