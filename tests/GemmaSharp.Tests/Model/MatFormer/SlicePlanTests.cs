using System.Text.Json;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Tests.Model.MatFormer;

/// <summary>Slices against their parent: configs as the reference makes them, and slices that do not fit.</summary>
public sealed class SlicePlanTests
{
    [Fact]
    public void Create_OracleSlices_ConfigOfReference()
    {
        MatFormerTable table = MatFormerTable.Read(Fixture.Path("MatFormer", "slices.csv"));
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(Fixture.Path("MatFormer", "expected.json")));
        int compared = 0;
        foreach (JsonElement one in expected.RootElement.GetProperty("slices").EnumerateArray().Where(one => !one.GetProperty("skips_a_donor").GetBoolean()))
        {
            SlicePlan plan = SlicePlan.Create(Parent(), table.Find(one.GetProperty("name").GetString()!), "slices.csv");
            JsonElement config = one.GetProperty("sliced_config");

            Assert.Equal(Ints(one.GetProperty("kept_original_layers")), plan.KeptLayers);
            Assert.Equal(config.GetProperty("num_hidden_layers").GetInt32(), plan.Config.LayerCount);
            Assert.Equal(Ints(config.GetProperty("intermediate_size")), plan.Config.IntermediateSizes);
            Assert.Equal(config.GetProperty("num_kv_shared_layers").GetInt32(), plan.Config.SharedLayerCount);
            Assert.Equal(
                config.GetProperty("layer_types").EnumerateArray().Select(type => type.GetString() == "full_attention" ? LayerKind.Full : LayerKind.Sliding),
                plan.Config.LayerKinds);
            Assert.Equal(config.GetProperty("activation_sparsity_pattern").EnumerateArray().Select(share => share.GetDouble()), Enumerable.Range(0, plan.Config.LayerCount).Select(plan.Config.SparsityShare));
            Assert.Equal(Ints(one.GetProperty("kv_source_new_index")), Enumerable.Range(0, plan.Config.LayerCount).Select(plan.Config.CacheLayer));
            compared++;
        }

        Assert.Equal(5, compared);
    }

    [Theory]
    [InlineData("one width too few", "lists 11 widths, 12 expected")]
    [InlineData("widths for the original count", "lists 12 widths, 10 expected: 12 layers less 2 skipped")]
    [InlineData("wider than the parent", "width 160 at place 11, layer 11 of the model: 1 to 128 expected")]
    [InlineData("zero width", "'0' is no width")]
    [InlineData("only full donor skipped", "skips layer 4, whose keys and values layer 9 reads")]
    [InlineData("index out of range", "skips layer 12, 0 to 11 expected")]
    [InlineData("negative index", "'-1' is no index")]
    [InlineData("repeated index", "layer 7 is listed more than once")]
    [InlineData("two stars", "'2 * 2 * 16' is no width")]
    [InlineData("not a number", "'wide' is no width")]
    [InlineData("unclosed list", "is no list")]
    [InlineData("everything skipped", "skips all 12 layers")]
    public void Create_BadRow_SaysRowAndReason(string name, string reason)
    {
        MatFormerTable table = MatFormerTable.Read(Fixture.Path("MatFormer", "bad.csv"));

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SlicePlan.Create(Parent(), table.Find(name), "bad.csv"));

        Assert.Contains("bad.csv", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Create_AnyBadRow_IsOneOfThoseAbove()
    {
        string[] tested = [.. typeof(SlicePlanTests).GetMethod(nameof(Create_BadRow_SaysRowAndReason))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Select(row => (string)((InlineDataAttribute)row).GetData(null!).Single()[0])];

        Assert.Equal(MatFormerTable.Read(Fixture.Path("MatFormer", "bad.csv")).Names.Order(StringComparer.Ordinal), tested.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Create_BlockWithADonorSkipped_Refused()
    {
        MatFormerSlice slice = MatFormerTable.Read(Fixture.Path("MatFormer", "slices.csv")).Find("Config for one whole block skipped");

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SlicePlan.Create(Parent(), slice, "slices.csv"));

        Assert.Contains("skips layer 6, whose keys and values layer 7 reads", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_LayerListedTwiceByACaller_Refused() => Assert.Contains(
        "more than once",
        Assert.Throws<InvalidDataException>(() => SlicePlan.Create(Parent(), new MatFormerSlice("own", [.. Enumerable.Repeat(64, 10)], [7, 7]), "own")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void PublishedSlices_TableOfTheProgram_FitsE4BAndItsEffectiveParameters()
    {
        using JsonDocument document = JsonDocument.Parse("{}");
        TextConfig parent = TextConfigJson.Read(new JsonFields(document.RootElement, "E4B"), new JsonFields(document.RootElement, "E4B"));
        MatFormerTable table = PublishedSlices.Read();

        Assert.True(PublishedSlices.Fit(parent));
        Assert.False(PublishedSlices.Fit(Parent()));
        Assert.Equal(16, table.Names.Count);
        foreach (MatFormerSlice slice in table.Names.Select(table.Find))
        {
            TextConfig config = SlicePlan.Create(parent, slice, "table").Config;
            Assert.InRange(EffectiveBillions(config) - slice.EffectiveBillions!.Value, -0.02, 0.02);
            Assert.InRange((ParameterCount.Of(config).Effective / 1e9) - EffectiveBillions(config), 0, 0.001);
            Assert.All(config.IntermediateSizes, width => Assert.True(width is 8192 or 16384));
        }

        Assert.Equal(30, table.Find("Config for official E2B Model").IntermediateSizes.Count);
    }

    // All decoder parameters but the two embeddings (text.md 13.2), from the shapes of text.md 2.
    private static double EffectiveBillions(TextConfig config)
    {
        long hidden = config.HiddenSize, side = config.HiddenSizePerLayerInput, layers = config.LayerCount, streams = config.AltUpInputCount;
        long queries = (long)config.HeadCount * config.HeadDim, keys = (long)config.KeyValueHeadCount * config.HeadDim;
        long attention = hidden * ((2 * queries) + (2 * keys)), altUp = hidden * (streams + 2), rest = 2 * hidden * (config.LaurelRank + side);
        long feedForward = config.IntermediateSizes.Sum(width => 3L * width * hidden);
        return ((layers * (attention + altUp + rest + (6 * hidden))) + feedForward + (layers * side * hidden) + (2 * (streams - 1) * hidden * hidden)) / 1e9;
    }

    private static TextConfig Parent() => ConfigJson.Read(Path.Combine(Fixture.Path("TinyText"), "config.json")).Text;

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
