using System.Buffers.Binary;
using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Blocks.Formats;
using GemmaSharp.Kernels.Quants;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Tensors;

/// <summary>Reads bytes of one tensor, from a byte offset inside it.</summary>
public delegate void RowReader(long byteOffset, Span<byte> into);

/// <summary>
/// The weights of a linear layer, [rows = outputs, columns = inputs], packed for products. Every output is summed in one fixed order,
/// so a row of a product has the same bits for any number of rows and any thread count.
/// </summary>
public abstract class WeightMatrix : IDisposable
{
    private protected WeightMatrix(int rows, int columns)
    {
        RowCount = rows;
        ColumnCount = columns;
    }

    /// <summary>Number of outputs.</summary>
    public int RowCount { get; }

    /// <summary>Number of inputs.</summary>
    public int ColumnCount { get; }

    /// <summary>Bytes of memory held.</summary>
    public abstract long Bytes { get; }

    /// <summary>Packs a matrix whose file bytes <paramref name="read"/> supplies, row-major [rows, columns].</summary>
    public static WeightMatrix Create(WeightType type, int rows, int columns, RowReader read)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        return type switch
        {
            WeightType.F32 => PanelMatrix<F32Block>.Pack(rows, columns, read),
            WeightType.F16 => PanelMatrix<F16Block>.Pack(rows, columns, read),
            WeightType.BF16 => PanelMatrix<BF16Block>.Pack(rows, columns, read),
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
            WeightType.IQ2_XXS => BlockMatrix<IQ2_XXS>.Pack(rows, columns, read),
            WeightType.IQ2_XS => BlockMatrix<IQ2_XS>.Pack(rows, columns, read),
            WeightType.IQ2_S => BlockMatrix<IQ2_S>.Pack(rows, columns, read),
            WeightType.IQ3_XXS => BlockMatrix<IQ3_XXS>.Pack(rows, columns, read),
            WeightType.IQ3_S => BlockMatrix<IQ3_S>.Pack(rows, columns, read),
            WeightType.IQ1_S => BlockMatrix<IQ1_S>.Pack(rows, columns, read),
            WeightType.IQ1_M => BlockMatrix<IQ1_M>.Pack(rows, columns, read),
            WeightType.TQ1_0 => BlockMatrix<TQ1_0>.Pack(rows, columns, read),
            WeightType.TQ2_0 => BlockMatrix<TQ2_0>.Pack(rows, columns, read),
            WeightType.MXFP4 => QuantMatrix<MXFP4Kernel>.Pack(rows, columns, read),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown weight type"),
        };
    }

    /// <summary>Packs a matrix of float32 values, row-major [rows, columns].</summary>
    public static WeightMatrix FromFloats(float[] values, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, rows * columns);
        return Create(WeightType.F32, rows, columns, (offset, into) =>
        {
            for (int at = 0; at < into.Length; at += sizeof(float))
            {
                BinaryPrimitives.WriteSingleLittleEndian(into[at..], values[(int)((offset + at) / sizeof(float))]);
            }
        });
    }

    /// <summary>into[r] = W · x[r] for every row r of <paramref name="x"/> [n, columns]; <paramref name="into"/> is [n, rows].</summary>
    public abstract void Multiply(Matrix x, Matrix into, ThreadTeam team);

    /// <summary>Row <paramref name="row"/> of the weights as float32, [columns].</summary>
    public abstract void ReadRow(int row, Span<float> into);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected abstract void Dispose(bool disposing);
}
