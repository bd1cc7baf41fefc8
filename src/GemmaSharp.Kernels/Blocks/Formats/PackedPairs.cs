namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>The 12 bytes in which Q4_K and Q5_K keep eight scales and eight minima of 6 bits.</summary>
internal static unsafe class PackedPairs
{
    public const int Bytes = 12;

    /// <summary>Scale k.</summary>
    public static int Scale(byte* packed, int k) => k < 4 ? packed[k] & 63 : (packed[k + 4] & 15) | (packed[k - 4] >> 6 << 4);

    /// <summary>Minimum k.</summary>
    public static int Minimum(byte* packed, int k) => k < 4 ? packed[k + 4] & 63 : (packed[k + 4] >> 4) | (packed[k] >> 6 << 4);

    /// <summary>Writes eight scales and minima below 64.</summary>
    public static void Write(byte* scales, byte* minima, byte* into)
    {
        for (int k = 0; k < 4; k++)
        {
            int scale = scales[k + 4], minimum = minima[k + 4];
            into[k] = (byte)(scales[k] | (scale >> 4 << 6));
            into[k + 4] = (byte)(minima[k] | (minimum >> 4 << 6));
            into[k + 8] = (byte)((scale & 15) | ((minimum & 15) << 4));
        }
    }
}
