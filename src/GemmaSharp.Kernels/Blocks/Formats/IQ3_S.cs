namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// d; 64 indices; 8 bytes of their ninth bits; 32 bytes of signs; eight scales of 4 bits:
/// d (1 + 2 scale) times the entry.
/// </summary>
internal readonly unsafe struct IQ3_S : IBlockFormat
{
    private const int AtIndices = 2;
    private const int AtNinth = 66;
    private const int AtSigns = 74;
    private const int AtScales = 106;

    public static int Length => 256;

    public static int Bytes => 110;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        for (int pair = 0; pair < 32; pair++, into += 8)
        {
            int sub = (from[AtScales + (pair / 8)] >> (pair / 4 % 2 * 4)) & 15;
            int ninth = from[AtNinth + (pair / 4)] >> (2 * (pair % 4));
            int first = from[AtIndices + (2 * pair)] | ((ninth & 1) << 8), second = from[AtIndices + (2 * pair) + 1] | ((ninth & 2) << 7);
            float subScale = scale * (1 + (2 * sub));
            Codebooks.Decode4And4(Codebooks.IQ3_S + (4 * first), Codebooks.IQ3_S + (4 * second), from[AtSigns + pair], subScale, into);
        }
    }
}
