using System.Buffers.Binary;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Tests.Kernels.Quants;

/// <summary>Random blocks with finite scales, and values to multiply them with.</summary>
internal static class QuantBytes
{
    /// <summary>Random rows whose halves are finite, some of them subnormal unless told otherwise.</summary>
    public static byte[] Finite(WeightType type, int rows, int columns, Random random, bool subnormal = true)
    {
        byte[] bytes = new byte[rows * WeightTypes.RowBytes(type, columns)];
        random.NextBytes(bytes);
        SetHalves(type, bytes, () => subnormal && random.Next(3) == 0
            ? (ushort)random.Next(0x0400)
            : BitConverter.HalfToUInt16Bits((Half)((random.NextDouble() + 0.5) * 0.01)));
        return bytes;
    }

    /// <summary>Sets all halves of a row's blocks; MXFP4's powers come from the lowest bits.</summary>
    public static void SetHalves(WeightType type, byte[] bytes, ushort half) => SetHalves(type, bytes, () => half);

    /// <summary>Integers of which a block's largest is 127, so that rounding to 8 bits changes nothing.</summary>
    public static float[] Integers(Random random, int count)
    {
        float[] values = new float[count];
        for (int at = 0; at < count; at++)
        {
            values[at] = at % 32 < 2 ? (random.Next(2) * 254) - 127 : random.Next(-127, 128);
        }

        return values;
    }

    /// <summary>Values of a normal distribution.</summary>
    public static float[] Normal(Random random, int count)
    {
        float[] values = new float[count];
        for (int at = 0; at < count; at++)
        {
            values[at] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    private static void SetHalves(WeightType type, byte[] bytes, Func<ushort> next)
    {
        int blockBytes = WeightTypes.BlockBytes(type);
        (int start, int count) = type switch
        {
            WeightType.Q4_1 or WeightType.Q5_1 or WeightType.Q4_K or WeightType.Q5_K => (0, 2),
            WeightType.Q2_K => (80, 2),
            WeightType.Q3_K or WeightType.Q6_K => (blockBytes - 2, 1),
            _ => (0, 1),
        };
        for (int block = 0; block < bytes.Length; block += blockBytes)
        {
            if (type == WeightType.MXFP4)
            {
                bytes[block] = (byte)(120 + (next() & 15));
                continue;
            }

            for (int half = 0; half < count; half++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(block + start + (half * 2)), next());
            }
        }
    }
}
