using System.Runtime.InteropServices;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Benchmarks;

/// <summary>Random codes under scales of the size of a model's: random bytes as scales would be infinite or subnormal, and slow everything.</summary>
internal static class QuantWeights
{
    /// <summary>Outputs of E2B's largest matrix.</summary>
    public const int Outputs = 2048;

    /// <summary>A packed matrix of random codes.</summary>
    public static WeightMatrix Matrix(WeightType type, int outputs, int inputs)
    {
        return WeightMatrix.Create(type, outputs, inputs, (offset, into) =>
        {
            new Random((int)offset).NextBytes(into);
            int block = WeightTypes.BlockBytes(type);
            for (int at = 0; at < into.Length; at += block)
            {
                SetScales(type, into.Slice(at, block));
            }
        });
    }

    private static void SetScales(WeightType type, Span<byte> block)
    {
        int start = type switch
        {
            WeightType.Q2_K => 80,
            WeightType.Q3_K or WeightType.Q6_K => block.Length - 2,
            _ => 0,
        };
        if (type == WeightType.MXFP4)
        {
            block[0] = 120;
            return;
        }

        Half scale = (Half)0.01f;
        MemoryMarshal.Write(block[start..], in scale);
        if (type is WeightType.Q2_K or WeightType.Q4_1 or WeightType.Q5_1 or WeightType.Q4_K or WeightType.Q5_K)
        {
            MemoryMarshal.Write(block[(start + 2)..], in scale);
        }
    }
}
