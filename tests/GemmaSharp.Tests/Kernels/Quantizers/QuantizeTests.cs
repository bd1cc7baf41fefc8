using System.Runtime.InteropServices;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Quantizers;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Tests.Kernels.Blocks;

namespace GemmaSharp.Tests.Kernels.Quantizers;

/// <summary>Bytes of the quantisers against those of ggml's reference code.</summary>
public sealed class QuantizeTests
{
    private const int RowCount = 18;

    public static TheoryData<WeightType> Written =>
    [
        .. Enum.GetValues<WeightType>().Where(type => !ReadOnly.Contains(type) && type != WeightType.F32),
    ];

    public static TheoryData<WeightType> ReadOnlyTypes => [.. ReadOnly];

    private static WeightType[] ReadOnly =>
    [
        WeightType.IQ1_S, WeightType.IQ1_M, WeightType.IQ2_XXS, WeightType.IQ2_XS, WeightType.IQ2_S, WeightType.IQ3_XXS, WeightType.IQ3_S,
        .. Enum.GetValues<WeightType>().Where(type => type > WeightType.MXFP4),
    ];

    [Theory]
    [MemberData(nameof(Written))]
    public void Rows_ReferenceRows_BytesOfReference(WeightType type)
    {
        using Tensors tensors = BlockFixture.Open();

        AssertRows(tensors.Bytes($"{BlockFixture.Name(type)}.bytes"), Encode(type, tensors.Floats("input"), BlockFixture.Columns, []));
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void Rows_ReferenceRowsWithImportance_BytesOfReference(WeightType type)
    {
        using Tensors tensors = BlockFixture.Open();
        string name = $"{BlockFixture.Name(type)}.importance.bytes";

        byte[] found = Encode(type, tensors.Floats("input"), BlockFixture.Columns, tensors.Floats("importance"));

        // Types without such a tensor take no notice of importances.
        AssertRows(tensors.Bytes(tensors.Has(name) ? name : $"{BlockFixture.Name(type)}.bytes"), found);
    }

    [Theory]
    [InlineData(WeightType.Q4_0, "0411c39658821961", "29c0090ec64a2d4f")]
    [InlineData(WeightType.Q4_1, "478f977c01bc4e7d", "cb9ba6af88cc4431")]
    [InlineData(WeightType.Q5_0, "ee9838463a03bb62", "c368ffaf83c78aa8")]
    [InlineData(WeightType.Q5_1, "3c3c5f7c13f36ed7", "d7e313dbe6d80afd")]
    [InlineData(WeightType.Q8_0, "66f19ffb5335e473", "66f19ffb5335e473")]
    [InlineData(WeightType.Q2_K, "fd1d04149b63e123", "99e187e54c971ef5")]
    [InlineData(WeightType.Q3_K, "72ee3615aa5ca6c2", "730fa70eb67d1383")]
    [InlineData(WeightType.Q4_K, "ba6cb1e77d3241e2", "ad25d74fd6ea9e7f")]
    [InlineData(WeightType.Q5_K, "d16eb588322622a9", "c96333f579e5d62b")]
    [InlineData(WeightType.Q6_K, "84658ae98f244003", "69d633fd23cf44ea")]
    [InlineData(WeightType.IQ4_NL, "6f62af7ffa20e129", "d6d0c83e7201fc4b")]
    [InlineData(WeightType.IQ4_XS, "efd689c9bbe4932f", "bc081210782dcf62")]
    [InlineData(WeightType.MXFP4, "4aff52babdf0fdd3", "4aff52babdf0fdd3")]
    [InlineData(WeightType.TQ1_0, "7e14850750a0364d", "7e14850750a0364d")]
    [InlineData(WeightType.TQ2_0, "5a06f5e455f479b4", "5a06f5e455f479b4")]
    public void Rows_GeneratedRow_HashOfReference(WeightType type, string expected, string expectedWithImportance)
    {
        float[] row = BlockFixture.Row(12345), importance = new float[row.Length];
        for (int at = 0; at < importance.Length; at++)
        {
            importance[at] = 1 + (7 * at % 13);
        }

        Assert.Equal("fd4aa196f3c0c4aa", BlockFixture.Hash(MemoryMarshal.AsBytes(row.AsSpan())));
        Assert.Equal(expected, BlockFixture.Hash(Encode(type, row, row.Length, [])));
        Assert.Equal(expectedWithImportance, BlockFixture.Hash(Encode(type, row, row.Length, importance)));
    }

    [Theory]
    [InlineData(WeightType.Q4_0)]
    [InlineData(WeightType.Q4_1)]
    [InlineData(WeightType.Q5_0)]
    [InlineData(WeightType.Q5_1)]
    [InlineData(WeightType.IQ4_NL)]
    public void Rows_OneBlockRepeated_SameBytesEveryTime(WeightType type)
    {
        // Eight blocks are searched together, fewer where a row ends; squares of integers add up exactly, so the row's mean stays as well.
        float[] block = [.. Enumerable.Range(0, 32).Select(at => (float)((at * 37 % 41) - 15))];
        float[] importance = [.. Enumerable.Range(0, 32).Select(at => (float)(1 + (at * 7 % 13)))];
        byte[] expected = Encode(type, block, 32, importance);

        for (int count = 2; count <= 17; count++)
        {
            byte[] found = Encode(type, Repeat(block, count), 32 * count, Repeat(importance, count));
            Assert.All(found.Chunk(expected.Length), bytes => Assert.Equal(expected, bytes));
        }
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void Rows_SpecialValues_NoCrash(WeightType type)
    {
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, -0f, 1e-38f, -1e30f];
        float[] row = new float[256], importance = new float[256];
        byte[] bytes = [];
        for (int period = 1; period <= 8; period++)
        {
            for (int at = 0; at < row.Length; at++)
            {
                row[at] = at % 9 < period ? special[at % period] : at;
            }

            bytes = Encode(type, row, row.Length, period % 2 == 0 ? importance : []);
        }

        FloatConvert.ToFloat(type, bytes, row);
        Assert.Equal(WeightTypes.RowBytes(type, row.Length), bytes.Length);
    }

    [Theory]
    [MemberData(nameof(ReadOnlyTypes))]
    public void Rows_CodebookTypes_Refused(WeightType type) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Encode(type, new float[256], 256, []));

    [Fact]
    public void Rows_F32_Copies()
    {
        float[] row = BlockFixture.Row(1);

        Assert.Equal(MemoryMarshal.AsBytes(row.AsSpan()).ToArray(), Encode(WeightType.F32, row, row.Length, []));
    }

    private static byte[] Encode(WeightType type, float[] values, int columns, float[] importance)
    {
        byte[] bytes = new byte[values.Length / columns * WeightTypes.RowBytes(type, columns)];
        Quantize.Rows(type, values, columns, importance, bytes);
        return bytes;
    }

    private static float[] Repeat(float[] values, int count) => [.. Enumerable.Range(0, values.Length * count).Select(at => values[at % values.Length])];

    private static void AssertRows(byte[] expected, byte[] found)
    {
        int length = expected.Length / RowCount;
        Assert.All(Enumerable.Range(0, RowCount), row => Assert.Equal(expected[(row * length)..((row + 1) * length)], found[(row * length)..((row + 1) * length)]));
    }
}
