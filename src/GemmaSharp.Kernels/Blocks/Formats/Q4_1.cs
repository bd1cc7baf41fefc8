using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; m; 16 bytes of codes, low nibbles first: code d + m.</summary>
internal readonly unsafe struct Q4_1 : IBlockFormat
{
    public static int Length => 32;

    public static int Bytes => 20;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from), minimum = Codes.Half(from + 2);
        Vector128<byte> packed = Vector128.Load(from + 4);
        Codes.Scale(Codes.Low(packed), scale, minimum, into);
        Codes.Scale(Codes.High(packed), scale, minimum, into + 16);
    }
}
