using System.Text.Json;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Tests.Model.MatFormer;

/// <summary>Tables of slices: the published format, and rows that must be refused.</summary>
public sealed class MatFormerTableTests
{
    private const string Header = "name,# Layers,# Effective Params (B),MMLU PT accuracy,FFN Hidden Dims,Layers Skipped\n";

    [Fact]
    public void Find_PublishedFormat_WidthsAndSkippedLayers()
    {
        MatFormerTable table = MatFormerTable.Read(Fixture.Path("MatFormer", "slices.csv"));

        MatFormerSlice half = table.Find("Config for half width");
        MatFormerSlice mixed = table.Find("Config for early and shared layers skipped (mixed)");

        Assert.Equal(6, table.Names.Count);
        Assert.Equal("Main model", table.Names[0]);
        Assert.Equal(Enumerable.Repeat(64, 12), half.IntermediateSizes);
        Assert.Empty(half.SkippedLayers);
        Assert.Equal(0.0009, half.EffectiveBillions);
        Assert.Equal("43.00%", half.Accuracy);
        Assert.Equal([96, 64, 128, 64, 32, 128, 64, 96, 32], mixed.IntermediateSizes);
        Assert.Equal([2, 8, 9], mixed.SkippedLayers);
    }

    [Fact]
    public void Find_PocketModelsTable_EverySliceReads()
    {
        MatFormerTable table = MatFormerTable.Read(Fixture.Pocket("slices.csv"));

        Assert.Equal([10, 10, 8, 10], table.Names.Select(name => table.Find(name).IntermediateSizes.Count));
        Assert.Equal([6, 7], table.Find("Config for small model").SkippedLayers);
        Assert.Equal("", table.Find("Main model").Accuracy);
    }

    [Theory]
    [InlineData("zero width", 5, "'0' is no width")]
    [InlineData("negative index", 8, "'-1' is no index of a layer")]
    [InlineData("repeated index", 9, "layer 7 is listed more than once")]
    [InlineData("two stars", 10, "'2 * 2 * 16' is no width")]
    [InlineData("not a number", 11, "'wide' is no width")]
    [InlineData("unclosed list", 12, "is no list")]
    public void Find_MalformedRow_SaysLineNameAndReason(string name, int line, string reason)
    {
        MatFormerTable table = MatFormerTable.Read(Fixture.Path("MatFormer", "bad.csv"));

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => table.Find(name));

        Assert.Contains($"line {line}: '{name}', ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("_64")]
    [InlineData("64_")]
    [InlineData("6__4")]
    [InlineData("")]
    [InlineData("64 * ")]
    [InlineData("+64")]
    [InlineData("0x40")]
    [InlineData("1048577")]
    [InlineData("1024 * 1025")]
    [InlineData("99999999999999999999")]
    public void Find_WidthThatIsNone_Refused(string width)
    {
        MatFormerTable table = MatFormerTable.Parse($"{Header}a,1,,,\"[{width}, 64]\",", "slices.csv");

        Assert.Throws<InvalidDataException>(() => table.Find("a"));
    }

    [Fact]
    public void Find_UnknownName_ListsTheNames()
    {
        MatFormerTable table = MatFormerTable.Parse($"{Header}a,1,,,[64],\nb,1,,,[32],", "slices.csv");

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => table.Find("A"));

        Assert.Contains("'a', 'b'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_QuotesLineEndsAndOtherColumnOrder_AsRfc4180Says()
    {
        MatFormerTable table = MatFormerTable.Parse(
            "Layers Skipped,\"FFN Hidden Dims\",name\r\n\r\n\"[1,\r\n 2]\",[2_048 * 4],\"say \"\"small\"\", please\"\r\n,[8],last", "slices.csv");

        MatFormerSlice slice = table.Find("say \"small\", please");

        Assert.Equal([8192], slice.IntermediateSizes);
        Assert.Equal([1, 2], slice.SkippedLayers);
        Assert.Null(slice.EffectiveBillions);
        Assert.Equal([8], table.Find("last").IntermediateSizes);
    }

    [Theory]
    [InlineData("", "line 1: the column 'name' is missing")]
    [InlineData("name,FFN Hidden Dims\n", "the column 'Layers Skipped' is missing")]
    [InlineData(Header + "a,1,,,[64],\nb,\"open", "line 3: a quote opens and never closes")]
    [InlineData(Header + "a,\"1\"2,,,[64],", "line 2: '2' follows a closing quote")]
    [InlineData(Header + "a,1,,,[64],\na,1,,,[32],", "line 3: 'a' stands on line 2 already")]
    [InlineData(Header + ",1,,,[64],", "line 2: the row has no name")]
    public void Parse_MalformedTable_SaysLineAndReason(string text, string reason)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => MatFormerTable.Parse(text, "slices.csv"));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Json_SameSlicesAsCsv()
    {
        MatFormerTable table = MatFormerTable.Parse(
            """
            {"slices": [
              {"name": "a", "intermediate_size": [64, 32], "layers_skipped": [1], "effective_billions": 0.5, "accuracy": "40%", "memory_bytes": 5},
              {"name": "b", "intermediate_size": [64, 64, 64], "accuracy": null}
            ]}
            """,
            "slices.json");

        Assert.Equal(["a", "b"], table.Names);
        Assert.Equal([64, 32], table.Find("a").IntermediateSizes);
        Assert.Equal([1], table.Find("a").SkippedLayers);
        Assert.Equal(0.5, table.Find("a").EffectiveBillions);
        Assert.Equal("40%", table.Find("a").Accuracy);
        Assert.Empty(table.Find("b").SkippedLayers);
    }

    [Fact]
    public void Parse_JsonListWithoutItsEnding_IsJson() => Assert.Equal([8], MatFormerTable.Parse(""" [{"name": "a", "intermediate_size": [8]}]""", "table").Find("a").IntermediateSizes);

    [Theory]
    [InlineData("name,FFN", "cannot be read")]
    [InlineData("[", "cannot be read")]
    [InlineData("7", "a list of at most 10000 slices, or an object with one as slices, expected")]
    [InlineData("{}", "slices is missing")]
    [InlineData("""{"slices": 5}""", "slices is 5, a list of at most 10000 expected")]
    [InlineData("""[5]""", "slice 1: an object expected")]
    [InlineData("""[{"intermediate_size": [8]}]""", "slice 1: name is missing")]
    [InlineData("""[{"name": 5}]""", "slice 1: name is 5, text expected")]
    [InlineData("""[{"name": "a"}, {"name": "a"}]""", "slice 2: 'a' stands on slice 1 already")]
    public void Parse_MalformedJsonTable_SaysPlaceAndReason(string text, string reason)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => MatFormerTable.Parse(text, "slices.json"));

        Assert.StartsWith("slices.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("""{"name": "a"}""", "intermediate_size is missing")]
    [InlineData("""{"name": "a", "intermediate_size": 8}""", "intermediate_size is 8, a list of at most 1024 expected")]
    [InlineData("""{"name": "a", "intermediate_size": [8, 0]}""", "intermediate_size is [8, 0], a list of 2 whole numbers from 1 to 1048576 expected")]
    [InlineData("""{"name": "a", "intermediate_size": [8], "layers_skipped": [-1]}""", "layers_skipped is [-1]")]
    [InlineData("""{"name": "a", "intermediate_size": [8], "layers_skipped": [3, 3]}""", "layer 3 is listed more than once")]
    [InlineData("""{"name": "a", "intermediate_size": [8], "accuracy": 4}""", "accuracy is 4, text expected")]
    public void Find_MalformedJsonRow_SaysPlaceAndReason(string row, string reason)
    {
        MatFormerTable table = MatFormerTable.Parse($"[{row}]", "slices.json");

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => table.Find("a"));

        Assert.StartsWith("slices.json: slice 1: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_EverythingSkipped_ParsesSoThatTheParentDecides()
    {
        MatFormerSlice slice = MatFormerTable.Read(Fixture.Path("MatFormer", "bad.csv")).Find("everything skipped");

        Assert.Empty(slice.IntermediateSizes);
        Assert.Equal(12, slice.SkippedLayers.Count);
    }

    [Fact]
    public void Find_OracleSlices_SameAsReference()
    {
        MatFormerTable table = MatFormerTable.Read(Fixture.Path("MatFormer", "slices.csv"));
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(Fixture.Path("MatFormer", "widths.json")));

        foreach (JsonElement one in expected.RootElement.EnumerateArray())
        {
            MatFormerSlice slice = table.Find(one.GetProperty("name").GetString()!);

            Assert.Equal(one.GetProperty("ffn_hidden_dims").EnumerateArray().Select(width => width.GetInt32()), slice.IntermediateSizes);
            Assert.Equal(one.GetProperty("layers_skipped").EnumerateArray().Select(layer => layer.GetInt32()), slice.SkippedLayers);
        }
    }
}
