using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; 16 bytes of codes, low nibbles first: T[code] d.</summary>
internal readonly unsafe struct IQ4_NL : IBlockFormat
{
    public static int Length => 32;

    public static int Bytes => 18;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        Vector128<byte> packed = Vector128.Load(from + 2);
        Codes.Scale(Vector128.Shuffle(Codes.NonLinear, Codes.Low(packed).AsSByte()), scale, into);
        Codes.Scale(Vector128.Shuffle(Codes.NonLinear, Codes.High(packed).AsSByte()), scale, into + 16);
    }
}
