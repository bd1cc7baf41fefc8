using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.InPlace;

namespace GemmaSharp.Tests.Model.InPlace;

/// <summary>Names of types for quantisation at load.</summary>
public sealed class InPlaceTypeTests
{
    [Theory]
    [InlineData("4", WeightType.Q4_K, WeightType.Q6_K)]
    [InlineData("Q4K", WeightType.Q4_K, WeightType.Q6_K)]
    [InlineData("q4_k", WeightType.Q4_K, WeightType.Q6_K)]
    [InlineData("5", WeightType.Q5_K, WeightType.Q8_0)]
    [InlineData("6", WeightType.Q6_K, WeightType.Q8_0)]
    [InlineData("8", WeightType.Q8_0, WeightType.Q8_0)]
    [InlineData("Q8_0", WeightType.Q8_0, WeightType.Q8_0)]
    [InlineData("q4_1", WeightType.Q4_1, WeightType.Q6_K)]
    [InlineData("mxfp4", WeightType.MXFP4, WeightType.MXFP4)]
    public void Parse_Known_TypeAndThatOfTables(string name, WeightType matrices, WeightType tables) => Assert.Equal(new InPlaceType(matrices, tables), InPlaceType.Parse(name));

    [Theory]
    [InlineData("afq4", "mistral.rs's afq4 is not made here")]
    [InlineData("HQQ8", "mistral.rs's hqq8 is not made here")]
    [InlineData("7", "no type is named '7'")]
    public void Parse_Unknown_SaysWhatThereIs(string name, string expected)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => InPlaceType.Parse(name));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("q4_k", error.Message, StringComparison.Ordinal);
    }
}
