using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Quantizers;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Weights;

/// <summary>Quantises rows: by how much every column counts, and on how many threads.</summary>
/// <param name="importance">How much every column counts; empty for all alike.</param>
/// <param name="team">Shares the rows out; null for this thread alone.</param>
public sealed class RowQuantizer(ReadOnlyMemory<float> importance, ThreadTeam? team)
{
    /// <summary>One thread, all columns alike.</summary>
    public static RowQuantizer Plain { get; } = new(ReadOnlyMemory<float>.Empty, null);

    /// <summary>Rows stored as one type to rows of another, at the beginning of <paramref name="into"/>; <paramref name="values"/> takes the floats between.</summary>
    internal ReadOnlyMemory<byte> Recode(WeightType from, ReadOnlyMemory<byte> stored, WeightType type, int columns, Memory<float> values, Memory<byte> into)
    {
        FloatConvert.ToFloat(from, stored.Span, values.Span);
        return Encode(type, columns, values, into);
    }

    /// <summary>Float rows to rows of a type.</summary>
    internal ReadOnlyMemory<byte> Encode(WeightType type, int columns, ReadOnlyMemory<float> values, Memory<byte> into)
    {
        int length = checked((int)(values.Length / columns * WeightTypes.RowBytes(type, columns)));
        if (team is null)
        {
            Quantize.Rows(type, values.Span, columns, importance.Span, into.Span);
        }
        else
        {
            Quantize.Rows(type, values.Span, columns, importance.Span, into.Span, team);
        }

        return into[..length];
    }
}
