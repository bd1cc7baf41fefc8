using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; 16 bytes of codes, low nibbles first: (code - 8) d.</summary>
internal readonly unsafe struct Q4_0 : IBlockFormat
{
    public static int Length => 32;

    public static int Bytes => 18;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        Vector128<byte> packed = Vector128.Load(from + 2);
        Vector128<sbyte> middle = Vector128.Create((sbyte)8);
        Codes.Scale(Codes.Low(packed).AsSByte() - middle, scale, into);
        Codes.Scale(Codes.High(packed).AsSByte() - middle, scale, into + 16);
    }
}
