using GemmaSharp.Hub;

namespace GemmaSharp.Tests.Hub;

public sealed class HubSelectionTests
{
    private static readonly string[] Gguf =
    [
        ".gitattributes", "README.md", "gemma-3n-E2B-it-Q4_K_M.gguf", "gemma-3n-E2B-it-Q8_0.gguf", "gemma-3n-E2B-it-UD-Q2_K_XL.gguf",
        "gemma-3n-E2B-it-Q4_K_S.gguf", "mmproj-BF16.gguf", "mmproj-F16.gguf", "mmproj-F32.gguf",
    ];

    [Theory]
    [InlineData("o/r", "gemma-3n-E2B-it-Q4_K_M.gguf")]
    [InlineData("o/r:Q8_0", "gemma-3n-E2B-it-Q8_0.gguf")]
    [InlineData("o/r:q4_k_s", "gemma-3n-E2B-it-Q4_K_S.gguf")]
    [InlineData("o/r:UD-Q2_K_XL", "gemma-3n-E2B-it-UD-Q2_K_XL.gguf")]
    public void Choose_GgufRepository_ModelAndProjector(string reference, string model)
    {
        HubSelection chosen = HubSelection.Choose(HubReference.Parse(reference), Gguf, null);

        Assert.Equal([model, "mmproj-F16.gguf"], chosen.Files);
        Assert.Equal("mmproj-F16.gguf", chosen.Projector);
        Assert.Equal(reference == "o/r", chosen.Notice is not null);
    }

    [Fact]
    public void Choose_UnknownQuantization_ListsWhatIsThere()
    {
        HubException error = Assert.Throws<HubException>(() => HubSelection.Choose(HubReference.Parse("o/r:Q3_K_M"), Gguf, null));

        Assert.Contains("gemma-3n-E2B-it-Q4_K_S.gguf", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_SplitModel_AllItsParts()
    {
        string[] names = ["m-F16-00002-of-00003.gguf", "m-F16-00001-of-00003.gguf", "m-F16-00003-of-00003.gguf", "m-Q4_0.gguf"];

        HubSelection chosen = HubSelection.Choose(HubReference.Parse("o/r:F16"), names, null);

        Assert.Equal(["m-F16-00001-of-00003.gguf", "m-F16-00002-of-00003.gguf", "m-F16-00003-of-00003.gguf"], chosen.Files);
        Assert.Null(chosen.Projector);
    }

    [Fact]
    public void Choose_UqffRepository_ShardsResidualAndAssets()
    {
        string[] names = ["q4k-0.uqff", "q4k-1.uqff", "q8_0-0.uqff", "residual.safetensors", "config.json", "tokenizer.json", "README.md"];

        HubSelection chosen = HubSelection.Choose(HubReference.Parse("o/r"), names, null);

        Assert.Equal(["q4k-0.uqff", "q4k-1.uqff", "residual.safetensors", "config.json", "tokenizer.json"], chosen.Files);
    }

    [Fact]
    public void Choose_HuggingFaceFolder_WeightsAndAssets()
    {
        string[] names = ["config.json", "tokenizer.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "original/x.pth", "README.md"];

        HubSelection chosen = HubSelection.Choose(HubReference.Parse("o/r"), names, null);

        Assert.True(chosen.OpensFolder);
        Assert.Equal(["config.json", "tokenizer.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"], chosen.Files);
    }

    [Fact]
    public void Choose_NamedFile_ThatFile()
    {
        Assert.Equal(["gemma-3n-E2B-it-Q8_0.gguf", "mmproj-F16.gguf"], HubSelection.Choose(HubReference.Parse("o/r"), Gguf, "gemma-3n-E2B-it-Q8_0.gguf").Files);
        Assert.Throws<HubException>(() => HubSelection.Choose(HubReference.Parse("o/r"), Gguf, "other.gguf"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("repo")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/b:")]
    [InlineData("a/b:Q 4")]
    public void Parse_NoReference_Refused(string text) => Assert.Throws<HubException>(() => HubReference.Parse(text));
}
