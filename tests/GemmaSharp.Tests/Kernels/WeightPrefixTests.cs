using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels;

/// <summary>The first rows and columns of a packed matrix have the products of a matrix packed from the cut weights, bit for bit.</summary>
public sealed class WeightPrefixTests
{
    private const int Rows = 70;
    private const int MostThreads = 2;

    // One row, a few, tiles that are not full, and so many that floats are multiplied by blocks.
    private static readonly int[] Counts = [1, 2, 5, 8, 13, 60];

    public static TheoryData<WeightType> Types => [.. Enum.GetValues<WeightType>().Where(type => WeightTypes.BlockRows(type) == 1)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_AnyPrefix_BitsOfTheCutWeights(WeightType type)
    {
        int block = WeightTypes.BlockLength(type), columns = block == 1 ? 700 : 12 * block;
        byte[] bytes = Weights(type, Rows, columns);
        foreach (Func<WeightType, int, int, RowReader, WeightMatrix?> pack in (Func<WeightType, int, int, RowReader, WeightMatrix?>[])[WeightPacking.ForIntegers, WeightPacking.ForFloats])
        {
            using WeightMatrix? whole = pack(type, Rows, columns, Reader(bytes));
            foreach ((int rows, int kept) in whole is null ? [] : ((int, int)[])[(37, columns), (Rows, columns - block), (Rows, block), (16, 5 * block), (33, 9 * block)])
            {
                using WeightMatrix prefix = whole!.Prefix(rows, kept), cut = pack(type, rows, kept, Reader(Cut(type, bytes, columns, rows, kept)))!;

                AssertSame(cut, prefix);
            }
        }
    }

    [Fact]
    public void Multiply_InfiniteScaleAmongTheColumnsLeftOut_IsFinite()
    {
        const int columns = 96, kept = 64;
        byte[] bytes = Weights(WeightType.Q4_0, Rows, columns);
        (bytes[(3 * 54) + 36], bytes[(3 * 54) + 37]) = (0x00, 0x7C); // row 3, last block
        (bytes[(5 * 54) + 18], bytes[(5 * 54) + 19]) = (0x00, 0x7C); // row 5, second block
        using WeightMatrix whole = WeightPacking.ForIntegers(WeightType.Q4_0, Rows, columns, Reader(bytes))!, prefix = whole.Prefix(Rows, kept);
        float[] products = Product(prefix, Values(kept), 1);

        Assert.True(float.IsFinite(products[3]));
        Assert.True(float.IsNaN(products[5]));
    }

    [Fact]
    public void Dispose_Prefix_WholeStaysUsable()
    {
        byte[] bytes = Weights(WeightType.F32, 16, 32);
        using WeightMatrix whole = WeightPacking.ForFloats(WeightType.F32, 16, 32, Reader(bytes));
        float[] x = Values(32), before = Product(whole, x, 1);

        whole.Prefix(16, 16).Dispose();

        Assert.Equal(before, Product(whole, x, 1));
    }

    [Theory]
    [InlineData(WeightType.Q4_0, 48)]
    [InlineData(WeightType.Q4_K, 128)]
    [InlineData(WeightType.Q4_0, 0)]
    [InlineData(WeightType.Q4_0, 1024)]
    public void Prefix_ColumnsThatCannotBeCut_Refused(WeightType type, int columns)
    {
        foreach (Func<WeightType, int, int, RowReader, WeightMatrix?> pack in (Func<WeightType, int, int, RowReader, WeightMatrix?>[])[WeightPacking.ForIntegers, WeightPacking.ForFloats])
        {
            using WeightMatrix whole = pack(type, 16, 512, Reader(Weights(type, 16, 512)))!;

            Assert.ThrowsAny<ArgumentException>(() => whole.Prefix(16, columns));
        }
    }

    [Fact]
    public void Prefix_RowsThatShareBlocks_Refused()
    {
        using WeightMatrix whole = WeightMatrix.Create(WeightType.HQQ4, 64, 8, (_, _) => { });

        Assert.Throws<ArgumentException>(() => whole.Prefix(32, 8));
    }

    // Every way of multiplying; a shared product has the prefix twice.
    private static void AssertSame(WeightMatrix cut, WeightMatrix prefix)
    {
        Assert.Equal(cut.Bytes, prefix.Bytes);
        foreach (int count in Counts)
        {
            float[] x = Values(count * cut.ColumnCount), expected = Product(cut, x, count), first = new float[expected.Length], second = new float[expected.Length];
            Assert.Equal(expected, Product(prefix, x, count));
            using ThreadTeam team = new(MostThreads);
            SharedProduct shared = new(new Matrix(x, count, cut.ColumnCount), team);
            shared.Add(prefix, new Matrix(first, count, cut.RowCount));
            shared.Add(prefix, new Matrix(second, count, cut.RowCount));
            shared.Run();
            Assert.Equal(expected, first);
            Assert.Equal(expected, second);
        }

        float[] one = Values(cut.ColumnCount), needed = new float[cut.RowCount], row = new float[cut.ColumnCount], cutRow = new float[cut.ColumnCount];
        needed[^1] = 1;
        Assert.Equal(Where(cut, one, needed), Where(prefix, one, needed));
        cut.ReadRow(cut.RowCount - 1, cutRow);
        prefix.ReadRow(cut.RowCount - 1, row);
        Assert.Equal(cutRow, row);
    }

    private static float[] Product(WeightMatrix matrix, float[] x, int count)
    {
        float[] y = new float[count * matrix.RowCount];
        using ThreadTeam team = new(MostThreads);
        matrix.Multiply(new Matrix(x, count, matrix.ColumnCount), new Matrix(y, count, matrix.RowCount), team);
        return y;
    }

    private static float[] Where(WeightMatrix matrix, float[] x, float[] needed)
    {
        float[] y = new float[matrix.RowCount];
        using ThreadTeam team = new(1);
        matrix.MultiplyWhere(new Matrix(x, 1, matrix.ColumnCount), new Matrix(needed, 1, matrix.RowCount), new Matrix(y, 1, matrix.RowCount), team);
        return y;
    }

    // Bytes whose halves and floats are all below 2 in any type.
    private static byte[] Weights(WeightType type, int rows, int columns)
    {
        Random random = new(23);
        byte[] bytes = new byte[rows * WeightTypes.RowBytes(type, columns)];
        for (int at = 0; at < bytes.Length; at++)
        {
            bytes[at] = (byte)random.Next(64);
        }

        return bytes;
    }

    private static byte[] Cut(WeightType type, byte[] bytes, int columns, int rows, int kept)
    {
        int whole = (int)WeightTypes.RowBytes(type, columns), part = (int)WeightTypes.RowBytes(type, kept);
        return [.. Enumerable.Range(0, rows).SelectMany(row => bytes.AsSpan(row * whole, part).ToArray())];
    }

    private static float[] Values(int count)
    {
        Random random = new(count);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static RowReader Reader(byte[] bytes) => (offset, into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into);
}
