using System.Buffers.Binary;
using GemmaSharp.Kernels.Memory;
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
    private bool _isPart; // its memory is another's

    private protected WeightMatrix(int rows, int columns)
    {
        RowCount = rows;
        ColumnCount = columns;
    }

    /// <summary>Number of outputs.</summary>
    public int RowCount { get; }

    /// <summary>Number of inputs.</summary>
    public int ColumnCount { get; }

    /// <summary>Bytes that the weights take in memory; of a prefix, those that its products read.</summary>
    public abstract long Bytes { get; }

    /// <summary>Whether products take the rows quantised.</summary>
    internal virtual bool TakesCodes => false;

    /// <summary>What products take for the matrix: itself, or the packed form that it adopted.</summary>
    internal virtual WeightMatrix Form => this;

    /// <summary>Packs a matrix whose file bytes <paramref name="read"/> supplies, row-major [rows, columns].</summary>
    public static WeightMatrix Create(WeightType type, int rows, int columns, RowReader read)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        return WeightPacking.Pack(type, rows, columns, read);
    }

    /// <summary>Whether a matrix can be multiplied where a file's mapping has it: large ones of Q8_0 whose rows fill whole panels of 16.</summary>
    public static bool IsInPlace(WeightType type, int rows, int columns) => WeightPacking.IsInPlace(type, rows, columns);

    /// <summary>
    /// A matrix whose weights stay where they are: its products have the bits of <see cref="Create"/>'s. As long as it is not disposed, the bytes may neither
    /// change nor go.
    /// </summary>
    /// <param name="type">How they are stored.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="bytes">The weights, row-major [rows, columns]; they pass to the matrix.</param>
    /// <returns>The matrix; null, the bytes given back, where so many scales are subnormal halves that products in place would be slow. Packed ones are lifted.</returns>
    /// <exception cref="ArgumentException"><see cref="IsInPlace"/> says no, or there are not as many bytes as weights.</exception>
    public static WeightMatrix? InPlace(WeightType type, int rows, int columns, MappedBytes bytes)
    {
        if (!IsInPlace(type, rows, columns))
        {
            throw new ArgumentException($"{type} [{rows}, {columns}] has no product in place");
        }

        Q8_0FileMatrix matrix = new(rows, columns, bytes);
        if (!matrix.HasSmallScales)
        {
            return matrix;
        }

        matrix.Dispose();
        return null;
    }

    /// <summary>Bytes of memory that a matrix of a type takes, before it is made.</summary>
    public static long BytesOf(WeightType type, int rows, int columns) => WeightPacking.Bytes(type, rows, columns);

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
    public void Multiply(Matrix x, Matrix into, ThreadTeam team)
    {
        SharedProduct product = new(x, team);
        product.Add(this, into);
        product.Run();
    }

    /// <summary>The same where <paramref name="needed"/> [n, rows] is not zero; elsewhere that, or zero where it is less work.</summary>
    public void MultiplyWhere(Matrix x, Matrix needed, Matrix into, ThreadTeam team)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(needed.RowCount, into.RowCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(needed.ColumnCount, into.ColumnCount);
        ProductParts product = new(x, team.Count, needed);
        product.Add(this, into);
        product.Run(team);
    }

    /// <summary>
    /// The first rows and columns as a matrix of their own in the same memory: nothing is copied, and disposing of it frees nothing. Its products have the
    /// bits of a matrix that was packed from the cut weights in the form of the whole; <see cref="Create"/> packs fewer than 2^18 weights for exact products.
    /// </summary>
    /// <param name="rows">Rows that stay, from the first on.</param>
    /// <param name="columns">Columns that stay; whole blocks of the type.</param>
    /// <exception cref="ArgumentException">A count is outside the matrix or falls inside a block.</exception>
    public WeightMatrix Prefix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, RowCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, ColumnCount);
        WeightMatrix part = Part(rows, columns);
        part._isPart = true;
        return part;
    }

    /// <summary>The packed form of a matrix in place, made by the calling thread alone while products go on.</summary>
    /// <param name="read">Supplies the bytes that it was made of.</param>
    /// <exception cref="InvalidOperationException">The matrix is packed.</exception>
    public virtual WeightMatrix PackApart(RowReader read) => throw IsPacked();

    /// <summary>
    /// Has a matrix in place, and all its prefixes, give way to its packed form, which passes to it; products that have begun may not be running. Products
    /// keep their bits, and the bytes in place are no longer touched but by new prefixes.
    /// </summary>
    /// <param name="packed">What <see cref="PackApart"/> gave.</param>
    /// <exception cref="InvalidOperationException">The matrix is packed.</exception>
    public virtual void Adopt(WeightMatrix packed) => throw IsPacked();

    /// <summary>Row <paramref name="row"/> of the weights as float32, [columns].</summary>
    public abstract void ReadRow(int row, Span<float> into);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isPart)
        {
            Release();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Pieces of a product to hand out.</summary>
    internal abstract int ItemCount(in ProductInput x, Matrix into);

    /// <summary>Computes one piece of a product.</summary>
    internal abstract void RunItem(int item, in ProductInput x, Matrix into);

    private protected abstract WeightMatrix Part(int rows, int columns);

    /// <summary>Gives the memory back; not asked of parts.</summary>
    private protected abstract void Release();

    private static InvalidOperationException IsPacked() => new("the matrix is packed, one in place is expected");
}
