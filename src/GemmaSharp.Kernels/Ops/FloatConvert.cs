using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Blocks.Formats;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Stored weights of any type to float32, exactly.</summary>
public static unsafe class FloatConvert
{
    /// <summary>Converts into.Length values, whole blocks, of little-endian <paramref name="from"/>.</summary>
    public static void ToFloat(WeightType type, ReadOnlySpan<byte> from, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(from.Length, WeightTypes.RowBytes(type, into.Length));
        fixed (byte* source = from)
        fixed (float* target = into)
        {
            Decoder(type)(source, target, into.Length);
        }
    }

    private static delegate*<byte*, float*, int, void> Decoder(WeightType type) => type switch
    {
        WeightType.F32 => &Floats<F32Block>,
        WeightType.F16 => &Floats<F16Block>,
        WeightType.BF16 => &Floats<BF16Block>,
        WeightType.Q4_0 => &Blocks<Q4_0>,
        WeightType.Q4_1 => &Blocks<Q4_1>,
        WeightType.Q5_0 => &Blocks<Q5_0>,
        WeightType.Q5_1 => &Blocks<Q5_1>,
        WeightType.Q8_0 => &Blocks<Q8_0>,
        WeightType.Q2_K => &Blocks<Q2_K>,
        WeightType.Q3_K => &Blocks<Q3_K>,
        WeightType.Q4_K => &Blocks<Q4_K>,
        WeightType.Q5_K => &Blocks<Q5_K>,
        WeightType.Q6_K => &Blocks<Q6_K>,
        WeightType.IQ4_NL => &Blocks<IQ4_NL>,
        WeightType.IQ4_XS => &Blocks<IQ4_XS>,
        WeightType.IQ2_XXS => &Blocks<IQ2_XXS>,
        WeightType.IQ2_XS => &Blocks<IQ2_XS>,
        WeightType.IQ2_S => &Blocks<IQ2_S>,
        WeightType.IQ3_XXS => &Blocks<IQ3_XXS>,
        WeightType.IQ3_S => &Blocks<IQ3_S>,
        WeightType.IQ1_S => &Blocks<IQ1_S>,
        WeightType.IQ1_M => &Blocks<IQ1_M>,
        WeightType.TQ1_0 => &Blocks<TQ1_0>,
        WeightType.TQ2_0 => &Blocks<TQ2_0>,
        WeightType.MXFP4 => &Blocks<MXFP4>,
        WeightType.Q8_1 => &Blocks<Q8_1>,
        WeightType.Q8_K => &Blocks<Q8_K>,
        WeightType.F8Q8 => &Blocks<F8Q8>,
        WeightType.FP8 => &Blocks<FP8>,
        WeightType.AFQ2 => &Blocks<AFQ<Two>>,
        WeightType.AFQ3 => &Blocks<AFQ<Three>>,
        WeightType.AFQ4 => &Blocks<AFQ<Four>>,
        WeightType.AFQ6 => &Blocks<AFQ<Six>>,
        WeightType.AFQ8 => &Blocks<AFQ<Eight>>,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no rows of this weight type stand alone"),
    };

    private static void Floats<TBlock>(byte* from, float* into, int count)
        where TBlock : struct, IWeightBlock
    {
        int at = 0;
        for (; at <= count - 8; at += 8)
        {
            Vector256.Store(TBlock.Load8(from + ((long)at * TBlock.Bytes)), into + at);
        }

        for (; at < count; at++)
        {
            into[at] = TBlock.Load(from + ((long)at * TBlock.Bytes));
        }
    }

    private static void Blocks<TFormat>(byte* from, float* into, int count)
        where TFormat : struct, IBlockFormat
    {
        for (int at = 0; at < count; at += TFormat.Length, from += TFormat.Bytes)
        {
            TFormat.Decode(from, into + at);
        }
    }
}
