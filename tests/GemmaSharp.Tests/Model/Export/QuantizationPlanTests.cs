using System.Text.Json;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Export;

namespace GemmaSharp.Tests.Model.Export;

/// <summary>Which tensor gets which type.</summary>
public sealed class QuantizationPlanTests
{
    private static readonly string[] ReadOnly = ["IQ3_S", "IQ3_M"];

    [Theory]
    [InlineData("e2b")]
    [InlineData("e4b")]
    public void Make_RealShapes_TypesAndSizesOfLlamaQuantize(string model)
    {
        IReadOnlyList<ExportTensor> tensors = Manifest(model);
        JsonElement recipes = Json("quant-recipes.json").GetProperty("models").GetProperty(model);
        int compared = 0;
        foreach (JsonProperty recipe in recipes.EnumerateObject().Where(recipe => !ReadOnly.Contains(recipe.Name)))
        {
            QuantizationPlan plan = Make(tensors, recipe.Name, queriesPerKey: 4);

            Assert.Equal(recipe.Value.GetProperty("counts").EnumerateObject().Select(count => $"{count.Name} {count.Value}").Order(),
                plan.After.Where(QuantizationPlan.IsQuantized).CountBy(tensor => tensor.Type).Select(count => $"{count.Key} {count.Value}").Order());
            Assert.All(plan.Before.Zip(plan.After), pair => Assert.Equal((pair.First.Name, Expected(recipe.Value, pair.First)), (pair.Second.Name, pair.Second.Type)));
            Assert.Equal(recipe.Value.GetProperty("data_bytes").GetInt64(), plan.After.Sum(tensor => tensor.ByteCount));
            compared++;
        }

        Assert.Equal(19, compared);
    }

    [Theory]
    [InlineData("Q4_0", WeightType.Q4_1)]
    [InlineData("Q5_0", WeightType.Q5_1)]
    [InlineData("IQ4_NL", WeightType.IQ4_NL)]
    public void Make_WithImportance_FirstDownProjectionsFollowIt(string recipe, WeightType expected)
    {
        QuantizationPlan plan = QuantizationPlan.Make(Manifest("e4b"), QuantizationRecipe.Parse(recipe), new QuantizationFacts { QueriesPerKey = 4, HasImportance = true });

        Assert.All(Enumerable.Range(0, 4), layer => Assert.Equal(expected, TypeOf(plan, $"blk.{layer}.ffn_down.weight")));
        Assert.Equal(QuantizationRecipe.Parse(recipe).Main, TypeOf(plan, "blk.4.ffn_down.weight"));
    }

    [Fact]
    public void Make_FewQueriesPerKey_ValuesGetLess()
    {
        Assert.Equal(WeightType.Q3_K, TypeOf(Make(Manifest("e2b"), "Q2_K", queriesPerKey: 2), "blk.0.attn_v.weight"));
        Assert.Equal(WeightType.IQ4_XS, TypeOf(Make(Manifest("e2b"), "IQ4_XS", queriesPerKey: 2), "blk.0.attn_v.weight"));
    }

    [Fact]
    public void Make_HeadOfItsOwn_TablesGetTheMainType()
    {
        QuantizationPlan plan = Make([.. Manifest("e2b"), new ExportTensor("output.weight", WeightType.F16, [512, 256], [])], "Q4_K_M", queriesPerKey: 4);

        Assert.Equal(
            (WeightType.Q6_K, WeightType.Q4_K, WeightType.Q4_K),
            (TypeOf(plan, "output.weight"), TypeOf(plan, "token_embd.weight"), TypeOf(plan, "per_layer_token_embd.weight")));
    }

    [Theory]
    [InlineData("Q4_K_M", 128, WeightType.Q5_0)]
    [InlineData("Q5_K_S", 128, WeightType.Q5_1)]
    [InlineData("Q6_K", 128, WeightType.Q8_0)]
    [InlineData("Q2_K", 128, WeightType.Q4_0)]
    [InlineData("Q3_K_S", 128, WeightType.Q4_0)]
    [InlineData("TQ2_0", 128, WeightType.Q4_0)]
    [InlineData("IQ4_XS", 128, WeightType.IQ4_NL)]
    [InlineData("Q4_K_M", 16, WeightType.F16)]
    [InlineData("Q4_0", 16, WeightType.F16)]
    public void Make_RowsOfNoWholeBlocks_SmallerBlocks(string recipe, int columns, WeightType expected) =>
        Assert.Equal(expected, TypeOf(Make([new ExportTensor("blk.0.attn_q.weight", WeightType.F32, [4, columns], [])], recipe, queriesPerKey: 4), "blk.0.attn_q.weight"));

    [Fact]
    public void Make_Overrides_LastThatMatchesCounts()
    {
        QuantizationFacts facts = new() { QueriesPerKey = 4, Overrides = [TypeOverride.Parse("attn_.*=q8_0"), TypeOverride.Parse(@"^blk\.[12]\.attn_v=Q5_1"), TypeOverride.Parse("token_embd=bf16")] };

        QuantizationPlan plan = QuantizationPlan.Make(Manifest("e2b"), QuantizationRecipe.Parse("Q4_0"), facts);

        Assert.Equal(WeightType.Q8_0, TypeOf(plan, "blk.0.attn_v.weight"));
        Assert.Equal(WeightType.Q5_1, TypeOf(plan, "blk.1.attn_v.weight"));
        Assert.Equal(WeightType.Q8_0, TypeOf(plan, "blk.1.attn_q.weight"));
        Assert.Equal(WeightType.BF16, TypeOf(plan, "per_layer_token_embd.weight"));
        Assert.Equal(WeightType.Q4_0, TypeOf(plan, "blk.1.ffn_up.weight"));
        Assert.Equal(WeightType.F32, TypeOf(plan, "blk.1.attn_norm.weight"));
    }

    [Fact]
    public void Make_OverrideOfNoMatrix_SaysSo()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() =>
            QuantizationPlan.Make(Manifest("e2b"), QuantizationRecipe.Parse("Q4_0"), new QuantizationFacts { QueriesPerKey = 4, Overrides = [TypeOverride.Parse("attn_norm=q8_0")] }));

        Assert.Contains("attn_norm", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("attn_v")]
    [InlineData("=q4_0")]
    [InlineData("attn_v=iq2_xs")]
    [InlineData("attn_v=q4_k_m")]
    [InlineData("(=q4_0")]
    [InlineData(@"(a)\1=q4_0")]
    public void ParseOverride_Wrong_OneLineThatQuotesIt(string text)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => TypeOverride.Parse(text));

        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("q4_k_m", "Q4_K_M", 15)]
    [InlineData("q5_k", "Q5_K_M", 17)]
    [InlineData("mxfp4", "MXFP4", 38)]
    public void ParseRecipe_AnyCaseAndShortName_Found(string text, string name, int fileType)
    {
        QuantizationRecipe recipe = QuantizationRecipe.Parse(text);

        Assert.Equal((name, fileType), (recipe.Name, recipe.FileType));
    }

    [Theory]
    [InlineData("iq2_xs", "read, not written")]
    [InlineData("q4", "Q4_K_M")]
    public void ParseRecipe_Unknown_SaysWhatThereIs(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => QuantizationRecipe.Parse(text)).Message, StringComparison.Ordinal);

    private static QuantizationPlan Make(IReadOnlyList<ExportTensor> tensors, string recipe, int queriesPerKey) =>
        QuantizationPlan.Make(tensors, QuantizationRecipe.Parse(recipe), new QuantizationFacts { QueriesPerKey = queriesPerKey });

    private static WeightType TypeOf(QuantizationPlan plan, string name) => plan.After.Single(tensor => tensor.Name == name).Type;

    // "other" names layers as blk.N.kind.weight: { type: [layers] }.
    private static WeightType Expected(JsonElement recipe, ExportTensor tensor)
    {
        if (!QuantizationPlan.IsQuantized(tensor))
        {
            return tensor.Type;
        }

        string[] parts = tensor.Name.Split('.');
        bool inLayer = parts[0] == "blk";
        string key = inLayer ? $"blk.N.{string.Join('.', parts[2..])}" : tensor.Name;
        if (recipe.GetProperty("other").TryGetProperty(key, out JsonElement types))
        {
            foreach (JsonProperty type in types.EnumerateObject())
            {
                if (!inLayer || type.Value.EnumerateArray().Any(layer => $"{layer}" == parts[1]))
                {
                    return Enum.Parse<WeightType>(type.Name);
                }
            }
        }

        return Enum.Parse<WeightType>(recipe.GetProperty("default").GetString()!);
    }

    private static ExportTensor[] Manifest(string model) =>
    [
        .. Json($"gguf-manifest-{model}.json").GetProperty("tensors").EnumerateArray().Select(tensor => new ExportTensor(
            tensor.GetProperty("name").GetString()!,
            Enum.Parse<WeightType>(tensor.GetProperty("type") is { ValueKind: JsonValueKind.Object } types ? types.GetProperty("f16").GetString()! : tensor.GetProperty("type").GetString()!),
            [.. tensor.GetProperty("ne").EnumerateArray().Select(size => size.GetInt64()).Reverse()],
            [])),
    ];

    private static JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllText(Fixture.Path("Gguf", name))).RootElement;
}
