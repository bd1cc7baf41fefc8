using CsCheck;
using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Quants;

namespace GemmaSharp.Tests.Kernels.KeyValues;

/// <summary>Attention over every stored type against double precision on the stored values, and tokens at once against one by one.</summary>
public sealed class AttendTests
{
    // Weighted means of values around 1, scores of up to 300 products, in float32.
    private const double Tolerance = 2e-5;
    private const long Iterations = 60;

    public static TheoryData<CacheType> Types => [.. Enum.GetValues<CacheType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Run_AnyShape_EqualsDoubleAndKeepsBitsAlone(CacheType type) =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 3], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[0, 400], Gen.Int[0, 1000]).Sample(
            (group, keyHeads, headDim, tokens, before, seed) =>
            {
                using CacheCase one = new(type, new Random(seed)) { Group = group, KeyHeads = keyHeads, HeadDim = headDim, Tokens = tokens, Before = before };
                one.AssertExact(Tolerance);
                Assert.Equal(one.OneByOne(1), one.Together(3));
            },
            iter: Iterations,
            seed: "0N0XIzNsQ0O2",
            threads: 1);

    // Every path: few rows, tiles with what is left of them, dimensions beyond one step, windows that end inside a block.
    [Theory]
    [MemberData(nameof(Types))]
    public void Run_LargeShapes_SameBitsForAnyCutAndThreads(CacheType type)
    {
        foreach ((int group, int headDim, int tokens, int before, int window) in new[] { (4, 256, 37, 700, 512), (4, 300, 18, 130, int.MaxValue), (1, 64, 200, 0, 130), (13, 32, 3, 255, 128) })
        {
            using CacheCase one = new(type, new Random(5)) { Group = group, KeyHeads = 2, HeadDim = headDim, Tokens = tokens, Before = before, Window = window };
            float[] alone = one.OneByOne(1);
            Assert.Equal(alone, one.OneByOne(3));
            Assert.Equal(alone, one.Together(1));
            Assert.Equal(alone, one.Together(3));
            one.AssertExact(Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Run_SeveralSequences_SameBitsAsEachAlone(CacheType type)
    {
        Random random = new(11);
        CacheCase[] cases = [.. new[] { (1, 700), (40, 130), (1, 0), (3, 255) }.Select(shape =>
            new CacheCase(type, random) { Group = 4, KeyHeads = 2, HeadDim = 40, Tokens = shape.Item1, Before = shape.Item2, Window = 200 })];

        Assert.Equal(cases.SelectMany(one => one.OneByOne(1)), CacheCase.Beside(cases, threads: 3));
        Assert.Equal(cases.SelectMany(one => one.OneByOne(1)), CacheCase.Beside(cases, threads: 1));
        Array.ForEach(cases, one => one.Dispose());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Run_EachWidth_SameBits(CacheType type)
    {
        using CacheCase one = new(type, new Random(8)) { Group = 4, KeyHeads = 2, HeadDim = 200, Tokens = 23, Before = 140 };
        float[] portable = one.OneByOne(1, Lanes128.Count);
        Assert.Equal(portable, one.Together(1, Lanes128.Count));
        if (Lanes256.IsSupported)
        {
            Assert.Equal(portable, one.OneByOne(1, Lanes256.Count));
            Assert.Equal(portable, one.Together(1, Lanes256.Count));
        }

        if (Lanes512.IsSupported)
        {
            Assert.Equal(portable, one.OneByOne(1, Lanes512.Count));
            Assert.Equal(portable, one.Together(1, Lanes512.Count));
        }
    }

    [Theory]
    [InlineData(CacheType.F16)]
    [InlineData(CacheType.BF16)]
    [InlineData(CacheType.Q8_0)]
    public void Run_StoredType_SameBitsAsItsValuesInFloat32(CacheType type)
    {
        using CacheCase stored = new(type, new Random(9)) { Group = 4, KeyHeads = 2, HeadDim = 96, Tokens = 21, Before = 300 };
        using CacheCase floats = stored.AsFloats();

        Assert.Equal(floats.OneByOne(1), stored.OneByOne(1));
        Assert.Equal(floats.Together(1), stored.Together(1));
    }

    [Theory]
    [InlineData(CacheType.F16, 1e-3)]
    [InlineData(CacheType.BF16, 8e-3)]
    [InlineData(CacheType.Q8_0, 1.2e-2)]
    public void Run_StoredType_CloseToUnrounded(CacheType type, double tolerance)
    {
        using CacheCase one = new(type, new Random(3)) { Group = 4, KeyHeads = 2, HeadDim = 64, Tokens = 40, Before = 500, Window = int.MaxValue };

        one.AssertCloseToUnrounded(tolerance);
    }
}
