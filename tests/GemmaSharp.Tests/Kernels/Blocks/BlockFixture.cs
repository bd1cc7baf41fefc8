using System.Security.Cryptography;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Tests.Kernels.Blocks;

/// <summary>The reference file of block types, and the generator of the hashed vectors.</summary>
internal static class BlockFixture
{
    public const int Columns = 512;
    public const int HashedLength = 1024;

    public static TheoryData<WeightType> AllBlockTypes =>
        [.. Enum.GetValues<WeightType>().Where(type => WeightTypes.BlockLength(type) > 1 && type <= WeightType.MXFP4)];

    public static Tensors Open() => Tensors.Open(Fixture.Path("Blocks", "quants.safetensors"));

    /// <summary>ggml writes the letters of IQ4_NL in lower case, but a K in upper case.</summary>
    public static string Name(WeightType type) => type.ToString().ToLowerInvariant().Replace("_k", "_K", StringComparison.Ordinal);

    /// <summary>1024 floats of a linear congruential generator, their magnitude growing from block to block of 32.</summary>
    public static float[] Row(uint state)
    {
        float[] values = new float[HashedLength];
        for (int at = 0; at < values.Length; at++)
        {
            state = (state * 1664525) + 1013904223;
            float unit = ((int)(state >> 8) - 8388608) / 8388608f;
            values[at] = unit * (1 + (at / 32 % 5));
        }

        return values;
    }

    /// <summary>Blocks of 1024 weights from the same generator, with sane scales.</summary>
    public static byte[] RandomBlocks(WeightType type)
    {
        uint state = 777;
        int blockBytes = WeightTypes.BlockBytes(type);
        byte[] bytes = new byte[HashedLength / WeightTypes.BlockLength(type) * blockBytes];
        for (int at = 0; at < bytes.Length; at++)
        {
            state = (state * 1664525) + 1013904223;
            bytes[at] = (byte)(state >> 24);
        }

        for (int block = 0; block < bytes.Length / blockBytes; block++)
        {
            SetScales(type, bytes.AsSpan(block * blockBytes, blockBytes), block);
        }

        return bytes;
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];

    private static void SetScales(WeightType type, Span<byte> block, int index)
    {
        ReadOnlySpan<byte> scale = [0x66, 0x2E], minimum = [0x66, 0x32], negative = [0x66, 0xB2];
        switch (type)
        {
            case WeightType.MXFP4:
                block[0] = (byte)(120 + (index % 9));
                break;
            case WeightType.Q4_1 or WeightType.Q5_1:
                scale.CopyTo(block);
                negative.CopyTo(block[2..]);
                break;
            case WeightType.Q4_K or WeightType.Q5_K:
                scale.CopyTo(block);
                minimum.CopyTo(block[2..]);
                break;
            case WeightType.Q2_K:
                scale.CopyTo(block[80..]);
                minimum.CopyTo(block[82..]);
                break;
            case WeightType.Q3_K or WeightType.Q6_K or WeightType.TQ1_0 or WeightType.TQ2_0:
                scale.CopyTo(block[^2..]);
                break;
            default:
                scale.CopyTo(block);
                break;
        }
    }
}
