namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// 48 bytes of five digits of base 3, 4 bytes of four digits; d: (digit - 1) d. A byte is the fraction 0.abcde of base 3 times 256,
/// rounded up: the digits come out by multiplying.
/// </summary>
internal readonly unsafe struct TQ1_0 : IBlockFormat
{
    private const int AtScale = 52;

    public static int Length => 256;

    public static int Bytes => 54;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from + AtScale);
        into = Run(from, 32, 5, scale, into);
        into = Run(from + 32, 16, 5, scale, into);
        Run(from + 48, 4, 4, scale, into);
    }

    // The first digits of all bytes, then the second digits, ...
    private static float* Run(byte* from, int count, int digits, float scale, float* into)
    {
        int power = 1;
        for (int digit = 0; digit < digits; digit++, power *= 3)
        {
            for (int at = 0; at < count; at++)
            {
                *into++ = scale * (((byte)(from[at] * power) * 3 >> 8) - 1);
            }
        }

        return into;
    }
}
