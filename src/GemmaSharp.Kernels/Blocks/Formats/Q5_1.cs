using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; m; 32 fifth bits; 16 bytes of codes, low nibbles first: code d + m.</summary>
internal readonly unsafe struct Q5_1 : IBlockFormat
{
    public static int Length => 32;

    public static int Bytes => 24;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from), minimum = Codes.Half(from + 2);
        ushort* fifth = (ushort*)(from + 4);
        Vector128<byte> packed = Vector128.Load(from + 8);
        Codes.Scale(Codes.Low(packed) | Codes.IfBit(fifth[0], 16), scale, minimum, into);
        Codes.Scale(Codes.High(packed) | Codes.IfBit(fifth[1], 16), scale, minimum, into + 16);
    }
}
