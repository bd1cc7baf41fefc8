using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Export;

namespace GemmaSharp.Tests.Model.Export;

/// <summary>Types of UQFF layers: spellings, more bits for tables, smaller blocks for short rows (formats.md 15).</summary>
public sealed class UqffRecipeTests
{
    [Theory]
    [InlineData("q4k", WeightType.Q4_K, "q4k")]
    [InlineData("Q4_K", WeightType.Q4_K, "q4k")]
    [InlineData("4", WeightType.Q4_K, "q4k")]
    [InlineData("8", WeightType.Q8_0, "q8_0")]
    [InlineData("Q8_0", WeightType.Q8_0, "q8_0")]
    [InlineData("BF16", WeightType.BF16, "bf16")]
    public void Parse_Spellings_TypeAndItsName(string name, WeightType type, string written)
    {
        Assert.Equal(type, UqffRecipe.Parse(name).Main);
        Assert.Equal(written, UqffRecipe.Parse(name).Name);
    }

    [Theory]
    [InlineData("afq4", "afq4 is read, not written")]
    [InlineData("Q8_K", "q8_k is read, not written")]
    [InlineData("iq4_nl", "no type to write is named 'iq4_nl'")]
    [InlineData("Q4_K_M", "no type to write is named 'Q4_K_M'; one of f32, f16, bf16, q4_0, q4_1, q5_0, q5_1, q8_0, q2k, q3k, q4k, q5k, q6k expected")]
    public void Parse_OtherNames_SaysWhichThereAre(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => UqffRecipe.Parse(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("q2k", WeightType.Q6_K)]
    [InlineData("q4k", WeightType.Q6_K)]
    [InlineData("q4_1", WeightType.Q6_K)]
    [InlineData("q5_0", WeightType.Q8_0)]
    [InlineData("q6k", WeightType.Q8_0)]
    [InlineData("q8_0", WeightType.Q8_0)]
    [InlineData("f16", WeightType.F16)]
    public void Wanted_Tables_MoreBits(string name, WeightType expected)
    {
        UqffRecipe recipe = UqffRecipe.Parse(name);

        Assert.All(["model.language_model.embed_tokens", "model.language_model.embed_tokens_per_layer", "lm_head"], key => Assert.Equal(expected, recipe.Wanted(key)));
        Assert.Equal(recipe.Main, recipe.Wanted("model.language_model.layers.0.self_attn.q_proj"));
    }

    [Theory]
    [InlineData(WeightType.Q6_K, 256, WeightType.Q6_K)]
    [InlineData(WeightType.Q6_K, 800, WeightType.Q5_1)]
    [InlineData(WeightType.Q5_K, 800, WeightType.Q5_0)]
    [InlineData(WeightType.Q4_K, 800, WeightType.Q4_1)]
    [InlineData(WeightType.Q3_K, 800, WeightType.Q4_0)]
    [InlineData(WeightType.Q8_0, 40, null)]
    [InlineData(WeightType.Q4_K, 40, null)]
    [InlineData(WeightType.BF16, 7, WeightType.BF16)]
    public void Fit_RowsOfThatLength_TypeOfWholeBlocks(WeightType wanted, long columns, WeightType? expected) => Assert.Equal(expected, UqffRecipe.Fit(wanted, columns));
}
