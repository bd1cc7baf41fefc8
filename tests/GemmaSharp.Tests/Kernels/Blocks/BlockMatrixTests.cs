using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels.Blocks;

/// <summary>Products with quantised weights against double precision on what they decode to, and the rule of equal bits.</summary>
public sealed class BlockMatrixTests
{
    private const int MostRows = 9;

    // Sums of up to 768 products in float32, relative to the sum of their magnitudes.
    private const double Tolerance = 3e-6;

    public static TheoryData<WeightType> Types => BlockFixture.AllBlockTypes;

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_AnyShape_EqualsDoubleWithTheSameBitsForAnyRowsAndThreads(WeightType type)
    {
        int block = WeightTypes.BlockLength(type);
        foreach ((int rows, int columns) in new[] { (1, block), (15, 2 * block), (33, 3 * block), (70, 512), (16, 256 + block) })
        {
            byte[] bytes = Blocks(type, rows, columns);
            float[] weights = Decode(type, bytes), x = Activations(MostRows * columns), alone = new float[MostRows * rows];
            using ThreadTeam one = new(1), two = new(2);
            using WeightMatrix matrix = Pack(type, rows, columns, bytes);
            for (int row = 0; row < MostRows; row++)
            {
                matrix.Multiply(new Matrix(x.AsSpan(row * columns), 1, columns), new Matrix(alone.AsSpan(row * rows), 1, rows), one);
                AssertNear(weights, x.AsSpan(row * columns, columns), alone.AsSpan(row * rows, rows));
            }

            for (int count = 2; count <= MostRows; count++)
            {
                float[] together = new float[count * rows], shared = new float[count * rows];
                matrix.Multiply(new Matrix(x, count, columns), new Matrix(together, count, rows), one);
                matrix.Multiply(new Matrix(x, count, columns), new Matrix(shared, count, rows), two);
                Assert.Equal(alone[..(count * rows)], together);
                Assert.Equal(alone[..(count * rows)], shared);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ReadRow_EveryRow_ExactValues(WeightType type)
    {
        const int rows = 19;
        int columns = 2 * WeightTypes.BlockLength(type);
        byte[] bytes = Blocks(type, rows, columns);
        float[] weights = Decode(type, bytes), row = new float[columns];
        using WeightMatrix matrix = Pack(type, rows, columns, bytes);

        for (int index = 0; index < rows; index++)
        {
            matrix.ReadRow(index, row);
            Assert.Equal(weights[(index * columns)..((index + 1) * columns)], row);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Bytes_NoExpansion_SizeOfTheFile(WeightType type)
    {
        using WeightMatrix matrix = Pack(type, 32, 512, Blocks(type, 32, 512));

        Assert.Equal(32 * WeightTypes.RowBytes(type, 512), matrix.Bytes);
    }

    [Fact]
    public void Create_PartOfABlock_Refused() =>
        Assert.Throws<ArgumentException>(() => WeightPacking.ForFloats(WeightType.Q4_K, 1, 128, (_, _) => { }));

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_InfiniteAndNanScales_NoCrash(WeightType type)
    {
        byte[] bytes = new byte[16 * WeightTypes.RowBytes(type, 256)];
        Array.Fill(bytes, (byte)0xFF);
        float[] products = new float[16];
        using ThreadTeam team = new(1);
        using WeightMatrix matrix = Pack(type, 16, 256, bytes);

        matrix.Multiply(new Matrix(Activations(256), 1, 256), new Matrix(products, 1, 16), team);

        Assert.All(products, value => Assert.Equal(products[0], value));
    }

    private static WeightMatrix Pack(WeightType type, int rows, int columns, byte[] bytes) =>
        WeightPacking.ForFloats(type, rows, columns, (offset, into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into));

    // Arbitrary blocks of the reference file, over and over.
    private static byte[] Blocks(WeightType type, int rows, int columns)
    {
        using Tensors tensors = BlockFixture.Open();
        byte[] arbitrary = tensors.Bytes($"{BlockFixture.Name(type)}.random.bytes"), bytes = new byte[rows * WeightTypes.RowBytes(type, columns)];
        for (int at = 0; at < bytes.Length; at++)
        {
            bytes[at] = arbitrary[at % arbitrary.Length];
        }

        return bytes;
    }

    private static float[] Decode(WeightType type, byte[] bytes)
    {
        float[] values = new float[bytes.Length / WeightTypes.BlockBytes(type) * WeightTypes.BlockLength(type)];
        FloatConvert.ToFloat(type, bytes, values);
        return values;
    }

    private static float[] Activations(int count)
    {
        Random random = new(42);
        float[] values = new float[count];
        for (int at = 0; at < count; at++)
        {
            values[at] = (float)((random.NextDouble() * 2) - 1);
        }

        return values;
    }

    private static void AssertNear(float[] weights, ReadOnlySpan<float> x, ReadOnlySpan<float> found)
    {
        for (int output = 0; output < found.Length; output++)
        {
            double exact = 0, magnitude = 0;
            for (int column = 0; column < x.Length; column++)
            {
                double product = (double)weights[(output * x.Length) + column] * x[column];
                exact += product;
                magnitude += Math.Abs(product);
            }

            Assert.InRange(Math.Abs(exact - found[output]), 0, (Tolerance * magnitude) + float.Epsilon);
        }
    }
}
