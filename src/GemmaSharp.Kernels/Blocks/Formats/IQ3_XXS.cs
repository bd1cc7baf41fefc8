namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// d; 64 indices; for every 32 weights four times 7 bits of signs and a scale of 4 bits:
/// d (1/2 + scale) / 2 times the entry.
/// </summary>
internal readonly unsafe struct IQ3_XXS : IBlockFormat
{
    private const int AtIndices = 2;
    private const int AtPacked = 66;

    public static int Length => 256;

    public static int Bytes => 98;

    public static void Decode(byte* from, float* into)
    {
        float scale = Codes.Half(from);
        byte* indices = from + AtIndices;
        uint* packed = (uint*)(from + AtPacked);
        for (int k = 0; k < 8; k++)
        {
            float subScale = scale * (0.5f + (packed[k] >> 28)) * 0.5f;
            for (int group = 0; group < 4; group++, indices += 2, into += 8)
            {
                byte signs = Codebooks.EvenSigns((packed[k] >> (7 * group)) & 127);
                Codebooks.Decode4And4(Codebooks.IQ3_XXS + (4 * indices[0]), Codebooks.IQ3_XXS + (4 * indices[1]), signs, subScale, into);
            }
        }
    }
}
