using GemmaSharp.Kernels.KeyValues;

namespace GemmaSharp.Tests.Library.Loading;

/// <summary>Which type of cache a model gets.</summary>
public sealed class CacheChoiceTests
{
    [Theory]
    [InlineData(null, null, CacheType.F32)]
    [InlineData(null, "8", CacheType.F16)]
    [InlineData("f32", "8", CacheType.F32)]
    [InlineData("q8_0", null, CacheType.Q8_0)]
    [InlineData("BF16", null, CacheType.BF16)]
    public void Load_OptionOrWeights_Decide(string? wanted, string? quantization, CacheType expected)
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { CacheType = wanted, Quantization = quantization });

        Assert.Equal(expected, engine.CacheType);
    }

    [Theory]
    [InlineData("f8")]
    [InlineData("0")]
    [InlineData("")]
    public void Load_UnknownType_SaysWhatIsExpected(string wanted)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { CacheType = wanted }));

        Assert.Contains($"'{wanted}', f32, f16, bf16 or q8_0 expected", error.Message, StringComparison.Ordinal);
    }
}
