using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d as float32; 256 signed codes; 16 sums of codes, which products of activations use: code d.</summary>
internal readonly unsafe struct Q8_K : IBlockFormat
{
    private const int Step = 16;

    public static int Length => 256;

    public static int Bytes => 292;

    public static void Decode(byte* from, float* into)
    {
        float scale = *(float*)from;
        sbyte* codes = (sbyte*)(from + sizeof(float));
        for (int at = 0; at < Length; at += Step)
        {
            Codes.Scale(Vector128.Load(codes + at), scale, into + at);
        }
    }
}
