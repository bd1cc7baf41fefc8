namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// d; 32 indices; for every 32 weights a word of four times three high bits, a scale of 3 bits and the sign of the shift:
/// d (2 scale + 1) (entry ± 1/8).
/// </summary>
internal readonly unsafe struct IQ1_S : IBlockFormat
{
    /// <summary>What is added to every entry, or taken away.</summary>
    public const float Shift = 0.125f;

    private const int AtIndices = 2;
    private const int AtWords = 34;

    public static int Length => 256;

    public static int Bytes => 50;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        byte* indices = from + AtIndices;
        ushort* words = (ushort*)(from + AtWords);
        for (int k = 0; k < 8; k++)
        {
            int word = words[k];
            float subScale = scale * ((2 * ((word >> 12) & 7)) + 1), shift = word >> 15 == 0 ? Shift : -Shift;
            for (int group = 0; group < 4; group++, into += 8)
            {
                int index = indices[(4 * k) + group] | (((word >> (3 * group)) & 7) << 8);
                Codebooks.Shift8(Codebooks.IQ1 + (8 * index), shift, subScale, into);
            }
        }
    }
}
