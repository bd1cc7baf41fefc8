using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>
/// HQQ: the matrix, row-major, seen as [64, groups]; a column is a group with a float32 scale and zero. Where the rows are a multiple
/// of 64 a group is one column of 64 rows and becomes a block of HQQ4 or HQQ8; a table whose rows are looked up one by one, and any
/// other shape, is turned into float32 while it is read.
/// </summary>
internal sealed class HqqKind
{
    private const int GroupSize = 64;
    private const int HalfGroup = GroupSize / 2;
    private readonly StoredTensor _codes;
    private readonly StoredTensor _scales;
    private readonly StoredTensor _zeros;
    private readonly bool _nibbles;
    private readonly long _groups;

    private HqqKind(StoredTensor codes, StoredTensor scales, StoredTensor zeros, bool nibbles) =>
        (_codes, _scales, _zeros, _nibbles, _groups) = (codes, scales, zeros, nibbles, codes.Shape[1]);

    private int CodeBytes => _nibbles ? HalfGroup : GroupSize;

    private int BlockBytes => (2 * sizeof(float)) + CodeBytes;

    public static UqffTensor Read(string name, StoredTensor codes, StoredTensor scales, StoredTensor zeros, HqqFacts facts)
    {
        if (facts.Bits is not (4 or 8) || facts.Axis != 0 || facts.GroupSize != GroupSize)
        {
            throw codes.Error($"HQQ{facts.Bits} with groups of {facts.GroupSize} along axis {facts.Axis} is not supported; 4 or 8 bits, groups of {GroupSize} along axis 0 expected");
        }

        bool nibbles = facts.Bits == 4;
        if (codes.Shape.Count != 2 || !codes.Is("U8", nibbles ? HalfGroup : GroupSize, codes.Shape[1]))
        {
            throw codes.Error($"is {codes.Facts}, U8 [{(nibbles ? HalfGroup : GroupSize)}, groups] expected");
        }

        long groups = codes.Shape[1];
        foreach (StoredTensor part in (ReadOnlySpan<StoredTensor>)[scales, zeros])
        {
            if (!part.Is("F32", 1, groups))
            {
                throw part.Error($"is {part.Facts}, F32 [1, {groups}] expected");
            }
        }

        if (facts.Shape is not [> 0, > 0] || (UInt128)facts.Shape[0] * (UInt128)facts.Shape[1] != (UInt128)groups * GroupSize)
        {
            throw codes.Error($"has the shape [{string.Join(", ", facts.Shape)}], sizes with the product {(UInt128)groups * GroupSize} expected");
        }

        HqqKind kind = new(codes, scales, zeros, nibbles);
        return facts.ReadByRows || facts.Shape[0] % GroupSize != 0
            ? FloatKind.Expand(name, codes, facts.Shape, kind.Decode)
            : new RepackedTensor(codes.As(name, $"HQQ{facts.Bits}", facts.Shape, groups * kind.BlockBytes), kind.BlockBytes, kind.ReadBlocks);
    }

    private void ReadBlocks(long first, int count, Span<byte> into)
    {
        using BorrowedBytes scales = BorrowedBytes.Read(_scales, first * sizeof(float), count * sizeof(float));
        using BorrowedBytes zeros = BorrowedBytes.Read(_zeros, first * sizeof(float), count * sizeof(float));
        using BorrowedBytes codes = new(count);
        for (int block = 0; block < count; block++)
        {
            scales.Span.Slice(block * sizeof(float), sizeof(float)).CopyTo(into[(block * BlockBytes)..]);
            zeros.Span.Slice(block * sizeof(float), sizeof(float)).CopyTo(into[((block * BlockBytes) + sizeof(float))..]);
        }

        for (int member = 0; member < CodeBytes; member++)
        {
            _codes.Read((member * _groups) + first, codes.Span);
            for (int block = 0, target = (2 * sizeof(float)) + member; block < count; block++, target += BlockBytes)
            {
                into[target] = codes.Span[block];
            }
        }
    }

    private void Decode(long first, Span<float> into)
    {
        while (!into.IsEmpty)
        {
            (long member, long group) = long.DivRem(first, _groups);
            int count = (int)long.Min(_groups - group, into.Length);
            float[] scales = Floats(_scales, group, count), zeros = Floats(_zeros, group, count);
            bool upper = _nibbles && member < HalfGroup;
            using BorrowedBytes codes = BorrowedBytes.Read(_codes, ((_nibbles ? member % HalfGroup : member) * _groups) + group, count);
            for (int at = 0; at < count; at++)
            {
                int code = !_nibbles ? codes.Span[at] : upper ? codes.Span[at] >> 4 : codes.Span[at] & 15;
                into[at] = (code - zeros[at]) * scales[at];
            }

            first += count;
            into = into[count..];
        }
    }

    private static float[] Floats(StoredTensor tensor, long first, int count)
    {
        using BorrowedBytes bytes = BorrowedBytes.Read(tensor, first * sizeof(float), count * sizeof(float));
        float[] values = new float[count];
        FloatConvert.ToFloat(WeightType.F32, bytes.Span, values);
        return values;
    }
}

/// <summary>What a file says of an HQQ weight beside its parts.</summary>
/// <param name="Shape">Rows and columns.</param>
/// <param name="Bits">Bits of a code.</param>
/// <param name="GroupSize">Codes of a group.</param>
/// <param name="Axis">Along which a group runs.</param>
/// <param name="ReadByRows">Whether rows are looked up one by one.</param>
internal sealed record HqqFacts(IReadOnlyList<long> Shape, int Bits, long GroupSize, int Axis, bool ReadByRows);
