using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d as float32; 32 floats of 8 bits: E4M3(code) d. The tensor's one scale stands before every 32 codes, so that rows stand alone.</summary>
internal readonly unsafe struct FP8 : IBlockFormat
{
    public static int Length => 32;

    public static int Bytes => 36;

    public static void Decode(byte* from, float* into)
    {
        Vector256<float> scale = Vector256.Create(*(float*)from);
        byte* codes = from + sizeof(float);
        for (int at = 0; at < Length; at += 8)
        {
            (E4M3.Load8(codes + at) * scale).Store(into + at);
        }
    }
}
