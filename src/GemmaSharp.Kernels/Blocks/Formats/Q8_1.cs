using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; the codes' sum times d, which products of activations use; 32 signed codes: code d.</summary>
internal readonly unsafe struct Q8_1 : IBlockFormat
{
    public static int Length => 32;

    public static int Bytes => 36;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        sbyte* codes = (sbyte*)(from + 4);
        Codes.Scale(Vector128.Load(codes), scale, into);
        Codes.Scale(Vector128.Load(codes + 16), scale, into + 16);
    }
}
