using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>e; 16 bytes of floats of 4 bits, low nibbles first: U[code] 2^(e - 128), U twice the value of an E2M1 float.</summary>
internal readonly unsafe struct MXFP4 : IBlockFormat
{
    public static int Length => 32;

    public static int Bytes => 17;

    /// <summary>Twice the values of the 16 codes.</summary>
    public static Vector128<sbyte> Doubled => Vector128.Create((sbyte)0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    /// <summary>2^(e - 128); the two smallest are subnormal.</summary>
    public static float Power(byte exponent) =>
        BitConverter.UInt32BitsToSingle(exponent < 2 ? 0x0020_0000u << exponent : (uint)(exponent - 1) << 23);

    public static void Decode(byte* from, float* into)
    {
        float scale = Power(*from);
        Vector128<byte> packed = Vector128.Load(from + 1);
        Codes.Scale(Vector128.Shuffle(Doubled, Codes.Low(packed).AsSByte()), scale, into);
        Codes.Scale(Vector128.Shuffle(Doubled, Codes.High(packed).AsSByte()), scale, into + 16);
    }
}
