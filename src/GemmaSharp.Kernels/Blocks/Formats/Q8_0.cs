using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; 32 signed codes: code d.</summary>
internal readonly unsafe struct Q8_0 : IBlockFormat
{
    public static int Length => 32;

    public static int Bytes => 34;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        sbyte* codes = (sbyte*)(from + 2);
        Codes.Scale(Vector128.Load(codes), scale, into);
        Codes.Scale(Vector128.Load(codes + 16), scale, into + 16);
    }
}
