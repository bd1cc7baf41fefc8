using System.Buffers.Binary;
using System.Text;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Benchmarks;

/// <summary>Weights as a function of a name and an index, so that a tower of real size needs no checkpoint.</summary>
internal static class FormulaWeights
{
    private const uint Golden = 0x9E3779B1;

    /// <summary>Values in [-1, 1), those of element <paramref name="start"/> on.</summary>
    public static void Fill(string name, Span<float> into, long start = 0)
    {
        uint hash = 2166136261;
        foreach (byte letter in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ letter) * 16777619;
        }

        for (int at = 0; at < into.Length; at++)
        {
            uint x = hash + ((uint)(start + at) * Golden);
            x = (x ^ (x >> 16)) * 0x85EBCA6B;
            x = (x ^ (x >> 13)) * 0xC2B2AE35;
            x ^= x >> 16;
            into[at] = ((x >> 8) * (1f / (1 << 23))) - 1f;
        }
    }

    /// <summary>A packed matrix of formula weights.</summary>
    public static WeightMatrix Matrix(WeightType type, int rows, int columns)
    {
        float[] values = new float[columns];
        return WeightMatrix.Create(type, rows, columns, (offset, into) =>
        {
            int size = type == WeightType.F32 ? sizeof(float) : sizeof(ushort);
            for (int done = 0; done < into.Length; done += columns * size)
            {
                Fill("weights", values, (offset + done) / size);
                Store(type, values, into[done..]);
            }
        });
    }

    /// <summary>Writes values as a file of that type holds them.</summary>
    public static void Store(WeightType type, ReadOnlySpan<float> values, Span<byte> into)
    {
        for (int at = 0; at < values.Length; at++)
        {
            switch (type)
            {
                case WeightType.F32:
                    BinaryPrimitives.WriteSingleLittleEndian(into[(at * sizeof(float))..], values[at]);
                    break;
                case WeightType.F16:
                    BinaryPrimitives.WriteHalfLittleEndian(into[(at * sizeof(ushort))..], (Half)values[at]);
                    break;
                default:
                    BinaryPrimitives.WriteUInt16LittleEndian(into[(at * sizeof(ushort))..], (ushort)(BitConverter.SingleToUInt32Bits(values[at]) >> 16));
                    break;
            }
        }
    }
}
