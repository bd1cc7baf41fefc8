namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// d; 32 indices; 32 bytes of signs; 8 bytes of the indices' high bits; 16 scales of 4 bits:
/// d (1/2 + scale) / 4 times the entry.
/// </summary>
internal readonly unsafe struct IQ2_S : IBlockFormat
{
    private const int AtIndices = 2;
    private const int AtSigns = 34;
    private const int AtHigh = 66;
    private const int AtScales = 74;

    public static int Length => 256;

    public static int Bytes => 82;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        for (int group = 0; group < 32; group++, into += 8)
        {
            int sub = (from[AtScales + (group / 4)] >> (group / 2 % 2 * 4)) & 15;
            int high = (from[AtHigh + (group / 4)] >> (2 * (group % 4))) & 3;
            int index = from[AtIndices + group] | (high << 8);
            Codebooks.Decode8(Codebooks.IQ2_S + (8 * index), from[AtSigns + group], scale * (0.5f + sub) * 0.25f, into);
        }
    }
}
