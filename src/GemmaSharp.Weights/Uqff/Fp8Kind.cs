using System.Buffers.Binary;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>Floats of 8 bits with one scale for the tensor; the scale is put before every 32 codes.</summary>
internal static class Fp8Kind
{
    private const int CodesPerBlock = 32;
    private const int BlockBytes = sizeof(float) + CodesPerBlock;

    public static UqffTensor Read(string name, StoredTensor codes, float scale)
    {
        if (codes.TypeName != "F8_E4M3" || codes.Shape is not [> 0, > 0])
        {
            throw codes.Error($"is {codes.Facts}, F8_E4M3 [rows, columns] expected");
        }

        if (codes.Shape[1] % CodesPerBlock != 0)
        {
            throw codes.Error($"FP8 with {codes.Shape[1]} columns is not supported, a multiple of {CodesPerBlock} expected");
        }

        return new RepackedTensor(
            codes.As(name, nameof(WeightType.FP8), codes.Shape, codes.ByteCount / CodesPerBlock * BlockBytes),
            BlockBytes,
            (first, count, into) =>
            {
                using BorrowedBytes stored = BorrowedBytes.Read(codes, first * CodesPerBlock, count * CodesPerBlock);
                for (int block = 0; block < count; block++, into = into[BlockBytes..])
                {
                    BinaryPrimitives.WriteSingleLittleEndian(into, scale);
                    stored.Span.Slice(block * CodesPerBlock, CodesPerBlock).CopyTo(into[sizeof(float)..]);
                }
            });
    }
}
