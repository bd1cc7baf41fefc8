using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>Float32 rows into the blocks of a file, byte for byte as ggml's reference code makes them.</summary>
public static unsafe class Quantize
{
    /// <summary>Quantises whole rows; any rows may be done apart, on any thread.</summary>
    /// <param name="type">Any type but those of a codebook, IQ1 to IQ3.</param>
    /// <param name="values">[rows, columns].</param>
    /// <param name="columns">Weights in a row, whole blocks.</param>
    /// <param name="importance">How much every column counts, [columns]; empty for none.</param>
    /// <param name="into">The rows' bytes.</param>
    public static void Rows(WeightType type, ReadOnlySpan<float> values, int columns, ReadOnlySpan<float> importance, Span<byte> into)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        int rows = values.Length / columns, rowBytes = checked((int)WeightTypes.RowBytes(type, columns));
        ArgumentOutOfRangeException.ThrowIfNotEqual(rows * columns, values.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(into.Length, (long)rows * rowBytes);
        if (!importance.IsEmpty)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, columns);
        }

        delegate*<float*, float*, int, byte*, void> quantizer = Quantizer(type);
        fixed (float* x = values, weights = importance)
        fixed (byte* target = into)
        {
            for (int row = 0; row < rows; row++)
            {
                quantizer(x + ((long)row * columns), weights, columns, target + ((long)row * rowBytes));
            }
        }
    }

    /// <summary>The same, with the rows shared out to a team; the bytes are the same.</summary>
    /// <param name="type">Any type but those of a codebook, IQ1 to IQ3.</param>
    /// <param name="values">[rows, columns].</param>
    /// <param name="columns">Weights in a row, whole blocks.</param>
    /// <param name="importance">How much every column counts, [columns]; empty for none.</param>
    /// <param name="into">The rows' bytes.</param>
    /// <param name="team">Who does it.</param>
    public static void Rows(WeightType type, ReadOnlySpan<float> values, int columns, ReadOnlySpan<float> importance, Span<byte> into, ThreadTeam team)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        QuantizeRows work = new(type, values, columns, importance, into);
        team.Run(ref work, values.Length / columns, QuantizeRows.CostOfWeight * values.Length);
    }

    /// <summary>Whether rows can be made of a type.</summary>
    public static bool CanWrite(WeightType type) =>
        type is not (WeightType.IQ1_S or WeightType.IQ1_M or WeightType.IQ2_XXS or WeightType.IQ2_XS or WeightType.IQ2_S or WeightType.IQ3_XXS or WeightType.IQ3_S);

    private static delegate*<float*, float*, int, byte*, void> Quantizer(WeightType type) => type switch
    {
        WeightType.F32 => &FloatRows.F32,
        WeightType.F16 => &FloatRows.F16,
        WeightType.BF16 => &FloatRows.BF16,
        WeightType.Q4_0 => &SmallBlocks.Q4_0,
        WeightType.Q4_1 => &SmallBlocks.Q4_1,
        WeightType.Q5_0 => &SmallBlocks.Q5_0,
        WeightType.Q5_1 => &SmallBlocks.Q5_1,
        WeightType.Q8_0 => &PlainBlocks.Q8_0,
        WeightType.Q2_K => &SixteenBlocks.Q2_K,
        WeightType.Q3_K => &SixteenBlocks.Q3_K,
        WeightType.Q4_K => &PairedBlocks.Q4_K,
        WeightType.Q5_K => &PairedBlocks.Q5_K,
        WeightType.Q6_K => &SixteenBlocks.Q6_K,
        WeightType.IQ4_NL => &NonLinearBlocks.IQ4_NL,
        WeightType.IQ4_XS => &NonLinearBlocks.IQ4_XS,
        WeightType.TQ1_0 => &PlainBlocks.TQ1_0,
        WeightType.TQ2_0 => &PlainBlocks.TQ2_0,
        WeightType.MXFP4 => &PlainBlocks.MXFP4,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "this type is read, not written"),
    };
}
