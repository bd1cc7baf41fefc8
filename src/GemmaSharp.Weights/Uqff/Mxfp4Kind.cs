using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>Floats of 4 bits with a power of two for 32 of them; becomes ggml's block of the same values, whose nibbles stand in another order.</summary>
internal static class Mxfp4Kind
{
    private const int CodesPerBlock = 32;
    private const int CodeBytes = CodesPerBlock / 2;
    private const int BlockBytes = 1 + CodeBytes;

    public static UqffTensor Read(string name, StoredTensor codes, StoredTensor scales)
    {
        if (codes.TypeName != "U8" || codes.Shape is not [> 0, > 0] || codes.Shape[1] % CodeBytes != 0)
        {
            throw codes.Error($"is {codes.Facts}, U8 [rows, columns / 2] expected, columns in blocks of {CodesPerBlock}");
        }

        if (!scales.Is("U8", codes.Shape[0], codes.Shape[1] / CodeBytes))
        {
            throw scales.Error($"is {scales.Facts}, U8 [{codes.Shape[0]}, {codes.Shape[1] / CodeBytes}] expected");
        }

        return new RepackedTensor(
            codes.As(name, nameof(WeightType.MXFP4), [codes.Shape[0], codes.Shape[1] * 2], scales.ByteCount * BlockBytes),
            BlockBytes,
            (first, count, into) =>
            {
                using BorrowedBytes pairs = BorrowedBytes.Read(codes, first * CodeBytes, count * CodeBytes), powers = BorrowedBytes.Read(scales, first, count);
                for (int block = 0; block < count; block++)
                {
                    into[block * BlockBytes] = powers.Span[block];
                    Reorder(pairs.Span.Slice(block * CodeBytes, CodeBytes), into.Slice((block * BlockBytes) + 1, CodeBytes));
                }
            });
    }

    // From codes 2j, 2j + 1 in byte j to codes j, j + 16.
    private static void Reorder(ReadOnlySpan<byte> from, Span<byte> into)
    {
        for (int at = 0; at < CodeBytes; at++)
        {
            int shift = (at & 1) * 4;
            int lower = (from[at / 2] >> shift) & 15, upper = (from[(at + CodeBytes) / 2] >> shift) & 15;
            into[at] = (byte)(lower | (upper << 4));
        }
    }
}
