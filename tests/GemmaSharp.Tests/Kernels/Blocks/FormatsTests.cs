using System.Runtime.InteropServices;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Tests.Kernels.Blocks;

/// <summary>What every block type decodes to, bit for bit.</summary>
public sealed class FormatsTests
{
    public static TheoryData<WeightType> Types => BlockFixture.AllBlockTypes;

    [Theory]
    [MemberData(nameof(Types))]
    public void ToFloat_ReferenceRows_ExactValues(WeightType type)
    {
        using Tensors tensors = BlockFixture.Open();

        Assert.Equal(tensors.Floats($"{BlockFixture.Name(type)}.values"), Decode(type, tensors.Bytes($"{BlockFixture.Name(type)}.bytes")));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ToFloat_ArbitraryBlocks_ExactValues(WeightType type)
    {
        using Tensors tensors = BlockFixture.Open();

        Assert.Equal(
            tensors.Floats($"{BlockFixture.Name(type)}.random.values"), Decode(type, tensors.Bytes($"{BlockFixture.Name(type)}.random.bytes")));
    }

    [Theory]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.BF16)]
    public void ToFloat_ReferenceFloats_ExactValues(WeightType type)
    {
        using Tensors tensors = BlockFixture.Open();

        Assert.Equal(tensors.Floats($"{BlockFixture.Name(type)}.values"), Decode(type, tensors.Bytes($"{BlockFixture.Name(type)}.bytes")));
    }

    [Theory]
    [InlineData(WeightType.Q4_0, "3a9f33462533bb7e")]
    [InlineData(WeightType.Q4_1, "31bf5fcf69785c07")]
    [InlineData(WeightType.Q5_0, "a75523e85f69623f")]
    [InlineData(WeightType.Q5_1, "cba64aaaf7f3aa87")]
    [InlineData(WeightType.Q8_0, "2bbbe4eb44e8df5a")]
    [InlineData(WeightType.Q2_K, "ee2f88df076d0392")]
    [InlineData(WeightType.Q3_K, "7cfda40cf2e5305c")]
    [InlineData(WeightType.Q4_K, "27ec3308bd4baba6")]
    [InlineData(WeightType.Q5_K, "4481b095e8db80a9")]
    [InlineData(WeightType.Q6_K, "2dbceaa18ff52d5f")]
    [InlineData(WeightType.IQ4_NL, "661800cf496a04f9")]
    [InlineData(WeightType.IQ4_XS, "0a6d9a64050a6a5a")]
    [InlineData(WeightType.MXFP4, "ff27779e5a342ece")]
    [InlineData(WeightType.TQ1_0, "6780177304f929f9")]
    [InlineData(WeightType.TQ2_0, "b8acc8f41482a014")]
    public void ToFloat_GeneratedBlocks_HashOfReference(WeightType type, string expected)
    {
        float[] values = Decode(type, BlockFixture.RandomBlocks(type));

        Assert.Equal(expected, BlockFixture.Hash(MemoryMarshal.AsBytes(values.AsSpan())));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void ToFloat_EveryByteTheSame_NoCrash(WeightType type)
    {
        for (int value = 0; value < 256; value++)
        {
            byte[] bytes = new byte[WeightTypes.BlockBytes(type)];
            Array.Fill(bytes, (byte)value);
            Assert.Equal(WeightTypes.BlockLength(type), Decode(type, bytes).Length);
        }
    }

    [Fact]
    public void ToFloat_InfiniteAndNanScales_Spread()
    {
        byte[] infinite = [0x00, 0x7C, .. new byte[32]], nan = [0x00, 0x7E, .. new byte[32]], lowest = [0x00, 0x3C, .. Enumerable.Repeat((byte)0x80, 32)];

        Assert.All(Decode(WeightType.Q8_0, infinite), value => Assert.True(float.IsNaN(value)));
        Assert.All(Decode(WeightType.Q8_0, nan), value => Assert.True(float.IsNaN(value)));
        Assert.All(Decode(WeightType.Q8_0, lowest), value => Assert.Equal(-128f, value));
    }

    [Fact]
    public void ToFloat_PartOfABlock_Refused() =>
        Assert.Throws<ArgumentException>(() => FloatConvert.ToFloat(WeightType.Q4_K, new byte[144], new float[128]));

    private static float[] Decode(WeightType type, byte[] bytes)
    {
        float[] values = new float[bytes.Length / WeightTypes.BlockBytes(type) * WeightTypes.BlockLength(type)];
        FloatConvert.ToFloat(type, bytes, values);
        return values;
    }
}
