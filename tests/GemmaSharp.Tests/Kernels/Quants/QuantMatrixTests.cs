using CsCheck;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels.Quants;

/// <summary>Packed quantised weights against their exact values: rows read back, products, and the rule that bits depend on nothing beside a row.</summary>
public sealed class QuantMatrixTests
{
    // Float sums in order, relative to the sum of magnitudes: some 60 roundings of 2^-24, and minima that cancel against codes.
    private const double SumTolerance = 4e-6;

    // Rounding to 255 levels of a block's largest value is off by 1/127/√12 of it; of normal values, with 32 to a block, 0.5 % of the product's size.
    private const double LargestError = 0.006;
    private const int Iterations = 40;

    private static readonly WeightType[] Packed =
    [
        WeightType.Q4_0, WeightType.Q4_1, WeightType.Q5_0, WeightType.Q5_1, WeightType.Q8_0, WeightType.IQ4_NL, WeightType.MXFP4,
        WeightType.Q2_K, WeightType.Q3_K, WeightType.Q4_K, WeightType.Q5_K, WeightType.Q6_K, WeightType.IQ4_XS,
    ];

    public static TheoryData<WeightType> Types => [.. Packed];

    public static TheoryData<WeightType> TypesWithHalves => [.. Packed.Where(type => type != WeightType.MXFP4)];

    [Theory]
    [MemberData(nameof(Types))]
    public void ReadRow_AnyBytes_ExactValues(WeightType type)
    {
        const int rows = 37;
        int columns = 3 * WeightTypes.BlockLength(type);
        byte[] bytes = new byte[rows * WeightTypes.RowBytes(type, columns)];
        new Random(7).NextBytes(bytes);
        float[] expected = Decode(type, bytes, rows * columns), row = new float[columns];
        using WeightMatrix matrix = Create(type, rows, columns, bytes);
        for (int at = 0; at < rows; at++)
        {
            matrix.ReadRow(at, row);
            Assert.Equal(expected[(at * columns)..((at + 1) * columns)], row);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void MultiplyWhere_PanelsThatNothingNeeds_AreZeroAndTheRestEqual(WeightType type)
    {
        const int rows = 77, panel = 16;
        int columns = 8 * WeightTypes.BlockLength(type);
        Random random = new(11);
        float[] x = QuantBytes.Integers(random, columns), needed = new float[rows], all = new float[rows], some = [.. Enumerable.Repeat(float.NaN, rows)];
        (needed[20], needed[31], needed[76]) = (1, -1e-30f, 3);
        using ThreadTeam team = new(2);
        using WeightMatrix matrix = Create(type, rows, columns, QuantBytes.Finite(type, rows, columns, random));

        matrix.Multiply(new Matrix(x, 1, columns), new Matrix(all, 1, rows), team);
        matrix.MultiplyWhere(new Matrix(x, 1, columns), new Matrix(needed, 1, rows), new Matrix(some, 1, rows), team);

        for (int row = 0; row < rows; row++)
        {
            Assert.Equal(row / panel is 1 or 4 ? all[row] : 0, some[row]);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_ValuesWithoutRounding_SumOfExactProducts(WeightType type)
    {
        Shapes(type).Sample(
            shape =>
            {
                Random random = new(shape.Seed);
                byte[] bytes = QuantBytes.Finite(type, shape.Rows, shape.Columns, random);
                float[] weights = Decode(type, bytes, shape.Rows * shape.Columns), x = QuantBytes.Integers(random, shape.Count * shape.Columns);
                float[] y = new float[shape.Count * shape.Rows];
                using ThreadTeam team = new(2);
                using WeightMatrix matrix = Create(type, shape.Rows, shape.Columns, bytes);
                matrix.Multiply(new Matrix(x, shape.Count, shape.Columns), new Matrix(y, shape.Count, shape.Rows), team);
                for (int at = 0; at < y.Length; at++)
                {
                    (double exact, double size) = Dot(
                        weights.AsSpan(at % shape.Rows * shape.Columns, shape.Columns), x.AsSpan(at / shape.Rows * shape.Columns, shape.Columns));
                    Assert.InRange(Math.Abs(exact - y[at]), 0, SumTolerance * size);
                }
            },
            iter: Iterations,
            seed: "0N0XIzNsQ0O2",
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_NormalValues_WithinRoundingOfValues(WeightType type)
    {
        const int rows = 64, columns = 1024, count = 9;
        Random random = new(3);
        byte[] bytes = QuantBytes.Finite(type, rows, columns, random, subnormal: false);
        float[] weights = Decode(type, bytes, rows * columns), x = QuantBytes.Normal(random, count * columns), y = new float[count * rows];
        using ThreadTeam team = new(1);
        using WeightMatrix matrix = Create(type, rows, columns, bytes);
        matrix.Multiply(new Matrix(x, count, columns), new Matrix(y, count, rows), team);
        double error = 0, size = 0;
        for (int at = 0; at < y.Length; at++)
        {
            (double exact, _) = Dot(weights.AsSpan(at % rows * columns, columns), x.AsSpan(at / rows * columns, columns));
            error += Math.Pow(exact - y[at], 2);
            size += exact * exact;
        }

        Assert.InRange(Math.Sqrt(error / size), 0, LargestError);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_AnyCountAndThreads_SameBitsAsAlone(WeightType type)
    {
        Shapes(type).Sample(
            shape =>
            {
                Random random = new(shape.Seed);
                byte[] bytes = QuantBytes.Finite(type, shape.Rows, shape.Columns, random);
                float[] x = QuantBytes.Normal(random, shape.Count * shape.Columns), y = new float[shape.Count * shape.Rows], alone = new float[shape.Rows];
                using ThreadTeam team = new(3), one = new(1);
                using WeightMatrix matrix = Create(type, shape.Rows, shape.Columns, bytes);
                matrix.Multiply(new Matrix(x, shape.Count, shape.Columns), new Matrix(y, shape.Count, shape.Rows), team);
                for (int row = 0; row < shape.Count; row++)
                {
                    matrix.Multiply(new Matrix(x.AsSpan(row * shape.Columns), 1, shape.Columns), new Matrix(alone, 1, shape.Rows), one);
                    Assert.Equal(alone, y[(row * shape.Rows)..((row + 1) * shape.Rows)]);
                }
            },
            iter: Iterations,
            seed: "0N0XIzNsQ0O2",
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(TypesWithHalves))]
    public void Multiply_ScalesSmallerByAPowerOfTwo_SameBitsSmaller(WeightType type)
    {
        // The smallest normal half and the smallest subnormal one.
        const int rows = 16, columns = 512, lowered = 10;
        Random random = new(5);
        byte[] normal = QuantBytes.Finite(type, rows, columns, random, subnormal: false);
        QuantBytes.SetHalves(type, normal, 0x0400);
        byte[] subnormal = [.. normal];
        QuantBytes.SetHalves(type, subnormal, 0x0001);
        float[] x = QuantBytes.Normal(random, columns), expected = new float[rows], found = new float[rows];
        using ThreadTeam team = new(1);
        using WeightMatrix large = Create(type, rows, columns, normal), small = Create(type, rows, columns, subnormal);
        large.Multiply(new Matrix(x, 1, columns), new Matrix(expected, 1, rows), team);
        small.Multiply(new Matrix(x, 1, columns), new Matrix(found, 1, rows), team);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, MathF.ScaleB(pair.Second, lowered)));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_BytesOfAnyKind_Returns(WeightType type)
    {
        const int rows = 40;
        int columns = 2 * WeightTypes.BlockLength(type);
        byte[] bytes = new byte[rows * WeightTypes.RowBytes(type, columns)];
        Array.Fill(bytes, (byte)0xFF); // scales are NaN
        float[] x = QuantBytes.Normal(new Random(1), columns), y = new float[rows];
        x[3] = float.NaN;
        x[4] = float.PositiveInfinity;
        using ThreadTeam team = new(1);
        using WeightMatrix matrix = Create(type, rows, columns, bytes);
        matrix.Multiply(new Matrix(x, 1, columns), new Matrix(y, 1, rows), team);
        Assert.All(y, value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Create_ReaderFails_ItsExceptionComesOut() =>
        Assert.Throws<InvalidDataException>(() => WeightPacking.ForIntegers(WeightType.Q4_0, 64, 32, (_, _) => throw new InvalidDataException("short")));

    [Fact]
    public void Create_PartOfABlock_Refused() =>
        Assert.Throws<ArgumentException>(() => WeightPacking.ForIntegers(WeightType.Q4_0, 16, 48, (_, _) => { }));

    private static Gen<(int Rows, int Columns, int Count, int Seed)> Shapes(WeightType type) =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 4], Gen.Int[1, 11], Gen.Int[0, 1000])
            .Select((rows, blocks, count, seed) => (rows, blocks * WeightTypes.BlockLength(type), count, seed));

    private static WeightMatrix Create(WeightType type, int rows, int columns, byte[] bytes) =>
        WeightPacking.ForIntegers(type, rows, columns, (offset, into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into))!;

    private static float[] Decode(WeightType type, byte[] bytes, int count)
    {
        float[] values = new float[count];
        FloatConvert.ToFloat(type, bytes, values);
        return values;
    }

    private static (double Sum, double Size) Dot(ReadOnlySpan<float> weights, ReadOnlySpan<float> x)
    {
        double sum = 0, size = 0;
        for (int at = 0; at < weights.Length; at++)
        {
            double product = (double)weights[at] * x[at];
            sum += product;
            size += Math.Abs(product);
        }

        return (sum, size);
    }
}
