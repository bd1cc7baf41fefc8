namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// d; for every 32 weights four indices, four times 7 bits of signs and a scale of 4 bits:
/// d (1/2 + scale) / 4 times the entry.
/// </summary>
internal readonly unsafe struct IQ2_XXS : IBlockFormat
{
    public static int Length => 256;

    public static int Bytes => 66;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        byte* indices = from + 2;
        for (int k = 0; k < 8; k++, indices += 8)
        {
            uint packed = *(uint*)(indices + 4);
            float subScale = scale * (0.5f + (packed >> 28)) * 0.25f;
            for (int group = 0; group < 4; group++, into += 8)
            {
                byte signs = Codebooks.EvenSigns((packed >> (7 * group)) & 127);
                Codebooks.Decode8(Codebooks.IQ2_XXS + (8 * indices[group]), signs, subScale, into);
            }
        }
    }
}
