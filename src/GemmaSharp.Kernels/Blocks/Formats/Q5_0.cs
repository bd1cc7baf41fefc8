using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; 32 fifth bits; 16 bytes of codes, low nibbles first: (code - 16) d.</summary>
internal readonly unsafe struct Q5_0 : IBlockFormat
{
    public static int Length => 32;

    public static int Bytes => 22;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        ushort* fifth = (ushort*)(from + 2);
        Vector128<byte> packed = Vector128.Load(from + 6);
        Vector128<sbyte> middle = Vector128.Create((sbyte)16);
        Codes.Scale((Codes.Low(packed) | Codes.IfBit(fifth[0], 16)).AsSByte() - middle, scale, into);
        Codes.Scale((Codes.High(packed) | Codes.IfBit(fifth[1], 16)).AsSByte() - middle, scale, into + 16);
    }
}
