using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; eight scales of 6 bits, the high pairs first; 128 bytes of codes, two to a byte: d (scale - 32) T[code].</summary>
internal readonly unsafe struct IQ4_XS : IBlockFormat
{
    internal const int AtHigh = 2;
    internal const int AtLow = 4;
    internal const int AtCodes = 8;

    public static int Length => 256;

    public static int Bytes => 136;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        int high = *(ushort*)(from + AtHigh);
        for (int k = 0; k < 8; k++, into += 32)
        {
            int low = (from[AtLow + (k / 2)] >> (4 * (k % 2))) & 15;
            float subScale = scale * ((low | (((high >> (2 * k)) & 3) << 4)) - 32);
            Vector128<byte> packed = Vector128.Load(from + AtCodes + (16 * k));
            Codes.Scale(Vector128.Shuffle(Codes.NonLinear, Codes.Low(packed).AsSByte()), subScale, into);
            Codes.Scale(Vector128.Shuffle(Codes.NonLinear, Codes.High(packed).AsSByte()), subScale, into + 16);
        }
    }
}
