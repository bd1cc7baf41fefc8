namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// 32 indices; 32 nibbles of three high bits and the sign of the shift; four words of four scales of 3 bits, whose top nibbles make d:
/// d (2 scale + 1) (entry ± 1/8).
/// </summary>
internal readonly unsafe struct IQ1_M : IBlockFormat
{
    private const int AtNibbles = 32;
    private const int AtWords = 48;

    public static int Length => 256;

    public static int Bytes => 56;

    public static void Decode(byte* from, float* into)
    {
        ushort* words = (ushort*)(from + AtWords);
        ushort half = (ushort)((words[0] >> 12) | (words[1] >> 12 << 4) | (words[2] >> 12 << 8) | (words[3] >> 12 << 12));
        float scale = Codes.Half((byte*)&half);
        for (int group = 0; group < 32; group++, into += 8)
        {
            int nibble = (from[AtNibbles + (group / 2)] >> (group % 2 * 4)) & 15;
            int sub = (words[group / 8] >> (3 * (group / 2 % 4))) & 7;
            float shift = (nibble & 8) == 0 ? IQ1_S.Shift : -IQ1_S.Shift;
            Codebooks.Shift8(Codebooks.IQ1 + (8 * (from[group] | ((nibble & 7) << 8))), shift, ((2 * sub) + 1) * scale, into);
        }
    }
}
