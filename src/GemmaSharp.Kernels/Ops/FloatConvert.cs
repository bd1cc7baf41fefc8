using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Stored floats to float32, exactly.</summary>
public static unsafe class FloatConvert
{
    /// <summary>Converts into.Length values of little-endian <paramref name="from"/>.</summary>
    public static void ToFloat(WeightType type, ReadOnlySpan<byte> from, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from.Length, WeightTypes.RowBytes(type, into.Length));
        switch (type)
        {
            case WeightType.F32:
                Convert<F32Block>(from, into);
                break;
            case WeightType.F16:
                Convert<F16Block>(from, into);
                break;
            case WeightType.BF16:
                Convert<BF16Block>(from, into);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not a float type");
        }
    }

    private static void Convert<TBlock>(ReadOnlySpan<byte> from, Span<float> into)
        where TBlock : struct, IWeightBlock
    {
        fixed (byte* source = from)
        {
            for (int at = 0; at < into.Length; at++)
            {
                into[at] = TBlock.Load(source + ((long)at * TBlock.Bytes));
            }
        }
    }
}
