namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; 32 words of index (9 bits) and signs (7); 16 scales of 4 bits: d (1/2 + scale) / 4 times the entry.</summary>
internal readonly unsafe struct IQ2_XS : IBlockFormat
{
    private const int AtWords = 2;
    private const int AtScales = 66;

    public static int Length => 256;

    public static int Bytes => 74;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        ushort* words = (ushort*)(from + AtWords);
        for (int group = 0; group < 32; group++, into += 8)
        {
            int sub = (from[AtScales + (group / 4)] >> (group / 2 % 2 * 4)) & 15;
            uint word = words[group];
            Codebooks.Decode8(Codebooks.IQ2_XS + (8 * (word & 511)), Codebooks.EvenSigns(word >> 9), scale * (0.5f + sub) * 0.25f, into);
        }
    }
}
