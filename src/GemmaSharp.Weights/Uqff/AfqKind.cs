using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>
/// Codes of 2, 3, 4, 6 or 8 bits with scale and minimum for 32, 64 or 128 of them. Groups of 64 and 128 with BF16 scales, as mistral.rs
/// writes them, become blocks of 64; others are turned into float32.
/// </summary>
internal sealed class AfqKind
{
    private const int CodesPerBlock = 64;
    private const int PairBytes = 4;
    private readonly StoredTensor _codes;
    private readonly StoredTensor _scales;
    private readonly StoredTensor _minima;
    private readonly int _bits;
    private readonly int _group;

    private AfqKind(StoredTensor codes, StoredTensor scales, StoredTensor minima, int bits, int group) =>
        (_codes, _scales, _minima, _bits, _group) = (codes, scales, minima, bits, group);

    private int BlockBytes => PairBytes + (CodesPerBlock * _bits / 8);

    public static UqffTensor Read(string name, StoredTensor codes, StoredTensor scales, StoredTensor minima, (int Bits, int Group) sizes)
    {
        (int bits, int group) = sizes;
        if (bits is not (2 or 3 or 4 or 6 or 8) || group is not (32 or 64 or 128))
        {
            throw codes.Error($"AFQ{bits} with groups of {group} is not supported; 2, 3, 4, 6 or 8 bits and groups of 32, 64 or 128 expected");
        }

        if (codes.TypeName != "U32" || codes.Shape is not [> 0, > 0])
        {
            throw codes.Error($"is {codes.Facts}, U32 [rows, columns * {bits} / 32] expected");
        }

        (long rows, long columns) = (codes.Shape[0], codes.Shape[1] * 32 / bits);
        if (columns * bits / 32 != codes.Shape[1] || columns * bits % 32 != 0 || columns % group != 0)
        {
            throw codes.Error($"has rows of {codes.Shape[1]} words, which hold no whole number of groups of {group} codes of {bits} bits");
        }

        foreach (StoredTensor part in (ReadOnlySpan<StoredTensor>)[scales, minima])
        {
            if (part.TypeName is not ("BF16" or "F16" or "F32") || part.TypeName != scales.TypeName || !part.Is(part.TypeName, rows, columns / group))
            {
                throw part.Error($"is {part.Facts}, BF16, F16 or F32 [{rows}, {columns / group}] expected");
            }
        }

        AfqKind kind = new(codes, scales, minima, bits, group);
        return group == 32 || scales.TypeName != "BF16"
            ? FloatKind.Expand(name, codes, [rows, columns], kind.Decode)
            : new RepackedTensor(codes.As(name, $"AFQ{bits}", [rows, columns], rows * (columns / CodesPerBlock) * kind.BlockBytes), kind.BlockBytes, kind.ReadBlocks);
    }

    private void ReadBlocks(long first, int count, Span<byte> into)
    {
        int codeBytes = CodesPerBlock * _bits / 8, perGroup = _group / CodesPerBlock;
        long firstGroup = first / perGroup;
        int pairs = (int)(((first + count - 1) / perGroup) - firstGroup) + 1;
        using BorrowedBytes codes = BorrowedBytes.Read(_codes, first * codeBytes, count * codeBytes);
        using BorrowedBytes scales = BorrowedBytes.Read(_scales, firstGroup * 2, pairs * 2), minima = BorrowedBytes.Read(_minima, firstGroup * 2, pairs * 2);
        for (int block = 0; block < count; block++, into = into[BlockBytes..])
        {
            int pair = (int)(((first + block) / perGroup) - firstGroup);
            scales.Span.Slice(pair * 2, 2).CopyTo(into);
            minima.Span.Slice(pair * 2, 2).CopyTo(into[2..]);
            codes.Span.Slice(block * codeBytes, codeBytes).CopyTo(into[PairBytes..]);
        }
    }

    private void Decode(long first, Span<float> into)
    {
        long firstByte = first * _bits / 8, lastByte = (((first + into.Length) * _bits) - 1) / 8;
        using BorrowedBytes codes = BorrowedBytes.Read(_codes, firstByte, (int)(lastByte - firstByte) + 1);
        long firstGroup = first / _group;
        int pairs = (int)(((first + into.Length - 1) / _group) - firstGroup) + 1;
        float[] scales = Floats(_scales, firstGroup, pairs), minima = Floats(_minima, firstGroup, pairs);
        for (int at = 0; at < into.Length; at++)
        {
            (long place, long bit) = long.DivRem(((first + at) * _bits) - (firstByte * 8), 8);
            int next = bit + _bits > 8 ? codes.Span[(int)place + 1] << 8 : 0;
            int code = ((codes.Span[(int)place] | next) >> (int)bit) & ((1 << _bits) - 1);
            int pair = (int)(((first + at) / _group) - firstGroup);
            into[at] = (code * scales[pair]) + minima[pair];
        }
    }

    private static float[] Floats(StoredTensor tensor, long first, int count)
    {
        WeightType type = WeightTypes.Parse(tensor.TypeName) ?? throw tensor.Error($"is of type {tensor.TypeName}, a float expected");
        using BorrowedBytes bytes = BorrowedBytes.Read(tensor, first * WeightTypes.BlockBytes(type), count * WeightTypes.BlockBytes(type));
        float[] values = new float[count];
        FloatConvert.ToFloat(type, bytes.Span, values);
        return values;
    }
}
