using CsCheck;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels;

/// <summary>Products against double precision, and the rule that a row's bits depend on nothing beside it.</summary>
public sealed class WeightMatrixTests
{
    // Sums of up to 600 products of values around 1 in float32.
    private const double Tolerance = 1e-4;
    private const long Iterations = 200;

    [Fact]
    public void Multiply_AnyShape_EqualsDoubleAndKeepsBitsAlone()
    {
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 600], Gen.Int[1, 20], Gen.Int[0, 1000]).Sample(
            (rows, columns, count, seed) =>
            {
                Random random = new(seed);
                float[] weights = Values(random, rows * columns), x = Values(random, count * columns), y = new float[count * rows], alone = new float[rows];
                using ThreadTeam team = new(3), one = new(1);
                using WeightMatrix matrix = WeightMatrix.FromFloats(weights, rows, columns);
                matrix.Multiply(new Matrix(x, count, columns), new Matrix(y, count, rows), team);
                for (int row = 0; row < count; row++)
                {
                    matrix.Multiply(new Matrix(x.AsSpan(row * columns), 1, columns), new Matrix(alone, 1, rows), one);
                    Assert.Equal(alone, y[(row * rows)..((row + 1) * rows)]);
                    for (int output = 0; output < rows; output++)
                    {
                        double exact = 0;
                        for (int column = 0; column < columns; column++)
                        {
                            exact += (double)weights[(output * columns) + column] * x[(row * columns) + column];
                        }

                        Assert.InRange(Math.Abs(exact - alone[output]), 0, Tolerance);
                    }
                }
            },
            iter: Iterations,
            seed: "0N0XIzNsQ0O2",
            threads: 1);
    }

    [Theory]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.BF16)]
    public void ReadRow_EveryBitPattern_ExactValue(WeightType type)
    {
        byte[] bytes = new byte[65536 * 2];
        for (int code = 0; code < 65536; code++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(code * 2), (ushort)code);
        }

        using ThreadTeam team = new(1);
        using WeightMatrix matrix = WeightMatrix.Create(type, 65536, 1, (offset, into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into));
        float[] products = new float[65536], row = new float[1];
        matrix.Multiply(new Matrix(new float[] { 1f }, 1, 1), new Matrix(products, 1, 65536), team);
        for (int code = 0; code < 65536; code++)
        {
            float expected = type == WeightType.F16 ? (float)BitConverter.UInt16BitsToHalf((ushort)code) : BitConverter.UInt32BitsToSingle((uint)code << 16);
            matrix.ReadRow(code, row);
            Assert.Equal(expected, row[0]);
            Assert.Equal(expected, products[code]);
        }
    }

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.BF16)]
    public void ReadRow_AnyShape_ValuesOfTheFile(WeightType type)
    {
        foreach ((int rows, int columns) in new[] { (1, 1), (3, 15), (16, 16), (17, 32), (33, 70), (5, 513) })
        {
            float[] values = new float[rows * columns], row = new float[columns];
            byte[] bytes = new byte[rows * WeightTypes.RowBytes(type, columns)];
            new Random(columns).NextBytes(bytes);
            FloatConvert.ToFloat(type, bytes, values);
            using WeightMatrix matrix = WeightMatrix.Create(type, rows, columns, (offset, into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into));
            for (int at = 0; at < rows; at++)
            {
                matrix.ReadRow(at, row);
                Assert.Equal(values[(at * columns)..((at + 1) * columns)], row);
            }
        }
    }

    [Fact]
    public void BytesOf_EveryType_WhatTheMatrixHolds()
    {
        foreach (WeightType type in Enum.GetValues<WeightType>())
        {
            foreach ((int rows, int columns) in new[] { (64, 256), (192, 1280), (1024, 512) })
            {
                using WeightMatrix matrix = WeightMatrix.Create(type, rows, columns, (_, into) => into.Clear());
                Assert.Equal(matrix.Bytes, WeightMatrix.BytesOf(type, rows, columns));
            }
        }

        using WeightMatrix odd = WeightMatrix.Create(WeightType.Q8_0, 1001, 512, (_, into) => into.Clear());
        Assert.Equal(odd.Bytes, WeightMatrix.BytesOf(WeightType.Q8_0, 1001, 512));
    }

    private static float[] Values(Random random, int count)
    {
        float[] values = new float[count];
        for (int at = 0; at < count; at++)
        {
            values[at] = (float)((random.NextDouble() * 2) - 1);
        }

        return values;
    }
}
