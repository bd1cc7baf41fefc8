using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Blocks.Formats;
using GemmaSharp.Kernels.Quants;

namespace GemmaSharp.Kernels.Tensors;

/// <summary>Which packed form a weight type is multiplied from.</summary>
internal static class WeightPacking
{
    // A smaller matrix lies in the second-level cache: its time is that of handing it out, so the exact product costs nothing. The smallest
    // matrix of the published models that is quantised, 256 x 2048, is twice as large.
    private const long LeastForIntegers = 1 << 18;

    /// <summary>Integers where a matrix is large and its type has them, floats elsewhere.</summary>
    public static WeightMatrix Pack(WeightType type, int rows, int columns, RowReader read) =>
        ((long)rows * columns >= LeastForIntegers ? ForIntegers(type, rows, columns, read) : null) ?? ForFloats(type, rows, columns, read);

    /// <summary>Whether the weights can be multiplied as a file holds them.</summary>
    public static bool IsInPlace(WeightType type, int rows, int columns) =>
        type == WeightType.Q8_0 && (long)rows * columns >= LeastForIntegers && rows % QuantLayout.PanelRows == 0 && columns % WeightTypes.BlockLength(type) == 0;

    /// <summary>Bytes of memory that <see cref="Pack"/> takes.</summary>
    public static long Bytes(WeightType type, int rows, int columns)
    {
        long padded = (((long)rows + QuantLayout.PanelRows - 1) / QuantLayout.PanelRows) * QuantLayout.PanelRows;
        return (long)rows * columns >= LeastForIntegers && IntegerBlockBytes(type) is int panelBlock
            ? (padded / QuantLayout.PanelRows * (columns / WeightTypes.BlockLength(type)) * panelBlock) + (padded * QuantLayout.RowBytes)
            : WeightTypes.BlockRows(type) > 1 ? (long)rows * columns / WeightTypes.BlockRows(type) * WeightTypes.BlockBytes(type)
            : padded * WeightTypes.RowBytes(type, columns);
    }

    /// <summary>Products of the type's codes with values rounded to bytes; null for a type without them.</summary>
    public static WeightMatrix? ForIntegers(WeightType type, int rows, int columns, RowReader read) => type switch
    {
        WeightType.Q4_0 => QuantMatrix<Q4_0Kernel>.Pack(rows, columns, read),
        WeightType.Q4_1 => QuantMatrix<Q4_1Kernel>.Pack(rows, columns, read),
        WeightType.Q5_0 => QuantMatrix<Q5_0Kernel>.Pack(rows, columns, read),
        WeightType.Q5_1 => QuantMatrix<Q5_1Kernel>.Pack(rows, columns, read),
        WeightType.Q8_0 => QuantMatrix<Q8_0Kernel>.Pack(rows, columns, read),
        WeightType.Q2_K => QuantMatrix<Q2_KKernel>.Pack(rows, columns, read),
        WeightType.Q3_K => QuantMatrix<Q3_KKernel>.Pack(rows, columns, read),
        WeightType.Q4_K => QuantMatrix<Q4_KKernel>.Pack(rows, columns, read),
        WeightType.Q5_K => QuantMatrix<Q5_KKernel>.Pack(rows, columns, read),
        WeightType.Q6_K => QuantMatrix<Q6_KKernel>.Pack(rows, columns, read),
        WeightType.IQ4_NL => QuantMatrix<IQ4_NLKernel>.Pack(rows, columns, read),
        WeightType.IQ4_XS => QuantMatrix<IQ4_XSKernel>.Pack(rows, columns, read),
        WeightType.MXFP4 => QuantMatrix<MXFP4Kernel>.Pack(rows, columns, read),
        _ => null,
    };

    // Packed bytes of a block of 16 rows; null for a type without products in integers.
    private static int? IntegerBlockBytes(WeightType type) => type switch
    {
        WeightType.Q4_0 => QuantLayout.BlockBytes<Q4_0Kernel>(),
        WeightType.Q4_1 => QuantLayout.BlockBytes<Q4_1Kernel>(),
        WeightType.Q5_0 => QuantLayout.BlockBytes<Q5_0Kernel>(),
        WeightType.Q5_1 => QuantLayout.BlockBytes<Q5_1Kernel>(),
        WeightType.Q8_0 => QuantLayout.BlockBytes<Q8_0Kernel>(),
        WeightType.Q2_K => QuantLayout.BlockBytes<Q2_KKernel>(),
        WeightType.Q3_K => QuantLayout.BlockBytes<Q3_KKernel>(),
        WeightType.Q4_K => QuantLayout.BlockBytes<Q4_KKernel>(),
        WeightType.Q5_K => QuantLayout.BlockBytes<Q5_KKernel>(),
        WeightType.Q6_K => QuantLayout.BlockBytes<Q6_KKernel>(),
        WeightType.IQ4_NL => QuantLayout.BlockBytes<IQ4_NLKernel>(),
        WeightType.IQ4_XS => QuantLayout.BlockBytes<IQ4_XSKernel>(),
        WeightType.MXFP4 => QuantLayout.BlockBytes<MXFP4Kernel>(),
        _ => null,
    };

    /// <summary>Products of decoded weights with the values as they are.</summary>
    public static WeightMatrix ForFloats(WeightType type, int rows, int columns, RowReader read) => type switch
    {
        WeightType.F32 => PanelMatrix<F32Block>.Pack(rows, columns, read),
        WeightType.F16 => PanelMatrix<F16Block>.Pack(rows, columns, read),
        WeightType.BF16 => PanelMatrix<BF16Block>.Pack(rows, columns, read),
        WeightType.Q4_0 => BlockMatrix<Q4_0>.Pack(rows, columns, read),
        WeightType.Q4_1 => BlockMatrix<Q4_1>.Pack(rows, columns, read),
        WeightType.Q5_0 => BlockMatrix<Q5_0>.Pack(rows, columns, read),
        WeightType.Q5_1 => BlockMatrix<Q5_1>.Pack(rows, columns, read),
        WeightType.Q8_0 => BlockMatrix<Q8_0>.Pack(rows, columns, read),
        WeightType.Q2_K => BlockMatrix<Q2_K>.Pack(rows, columns, read),
        WeightType.Q3_K => BlockMatrix<Q3_K>.Pack(rows, columns, read),
        WeightType.Q4_K => BlockMatrix<Q4_K>.Pack(rows, columns, read),
        WeightType.Q5_K => BlockMatrix<Q5_K>.Pack(rows, columns, read),
        WeightType.Q6_K => BlockMatrix<Q6_K>.Pack(rows, columns, read),
        WeightType.IQ4_NL => BlockMatrix<IQ4_NL>.Pack(rows, columns, read),
        WeightType.IQ4_XS => BlockMatrix<IQ4_XS>.Pack(rows, columns, read),
        WeightType.IQ2_XXS => BlockMatrix<IQ2_XXS>.Pack(rows, columns, read),
        WeightType.IQ2_XS => BlockMatrix<IQ2_XS>.Pack(rows, columns, read),
        WeightType.IQ2_S => BlockMatrix<IQ2_S>.Pack(rows, columns, read),
        WeightType.IQ3_XXS => BlockMatrix<IQ3_XXS>.Pack(rows, columns, read),
        WeightType.IQ3_S => BlockMatrix<IQ3_S>.Pack(rows, columns, read),
        WeightType.IQ1_S => BlockMatrix<IQ1_S>.Pack(rows, columns, read),
        WeightType.IQ1_M => BlockMatrix<IQ1_M>.Pack(rows, columns, read),
        WeightType.TQ1_0 => BlockMatrix<TQ1_0>.Pack(rows, columns, read),
        WeightType.TQ2_0 => BlockMatrix<TQ2_0>.Pack(rows, columns, read),
        WeightType.MXFP4 => BlockMatrix<MXFP4>.Pack(rows, columns, read),
        WeightType.Q8_1 => BlockMatrix<Q8_1>.Pack(rows, columns, read),
        WeightType.Q8_K => BlockMatrix<Q8_K>.Pack(rows, columns, read),
        WeightType.F8Q8 => BlockMatrix<F8Q8>.Pack(rows, columns, read),
        WeightType.FP8 => BlockMatrix<FP8>.Pack(rows, columns, read),
        WeightType.AFQ2 => BlockMatrix<AFQ<Two>>.Pack(rows, columns, read),
        WeightType.AFQ3 => BlockMatrix<AFQ<Three>>.Pack(rows, columns, read),
        WeightType.AFQ4 => BlockMatrix<AFQ<Four>>.Pack(rows, columns, read),
        WeightType.AFQ6 => BlockMatrix<AFQ<Six>>.Pack(rows, columns, read),
        WeightType.AFQ8 => BlockMatrix<AFQ<Eight>>.Pack(rows, columns, read),
        WeightType.HQQ4 or WeightType.HQQ8 => HqqMatrix.Pack(type, rows, columns, read),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown weight type"),
    };
}
