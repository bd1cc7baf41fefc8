using System.Text.Json.Nodes;
using GemmaSharp.Conversion;
using GemmaSharp.Diagnostics;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Tests.Library.Diagnostics;

/// <summary>What is told of a model's slices: sizes, estimates, what is legal, and rows that do not fit.</summary>
public sealed class SliceReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slice-report").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_PocketModel_EverySliceAndWhatIsLegal()
    {
        JsonObject facts = SliceReport.Of(Fixture.Pocket(), new SliceReportOptions());
        JsonArray rows = facts["slices"]!.AsArray();

        Assert.Equal(["Main model", "Config for half width", "Config for small model", "Config for mixed width"], rows.Select(row => row!["name"]!.ToString()));
        Assert.Equal(1, facts["legal"]!["widths_multiple_of"]!.GetValue<int>());
        Assert.Equal("[4,5]", facts["legal"]!["layers_that_give_keys_and_values"]!.ToJsonString());
        Assert.Equal("[0,1,2,3,6,7,8,9]", facts["legal"]!["layers_that_may_be_skipped"]!.ToJsonString());
        long whole = rows[0]!["effective_parameters"]!.GetValue<long>();
        Assert.Equal(facts["model"]!["effective_parameters"]!.GetValue<long>(), whole);
        Assert.Equal(10 * 3 * 128 * 256, whole - rows[1]!["effective_parameters"]!.GetValue<long>());
        Assert.Equal(1, rows[0]!["relative_speed"]!.GetValue<double>());
        Assert.All(rows.Skip(1), row =>
        {
            Assert.InRange(row!["relative_speed"]!.GetValue<double>(), 1.01, 3);
            Assert.InRange(row["weight_bytes"]!.GetValue<long>(), 1, rows[0]!["weight_bytes"]!.GetValue<long>() - 1);
            Assert.Null(row["problem"]);
        });

        // Two bytes a weight of what was cut.
        Assert.Equal(2L * 10 * 3 * 128 * 256, rows[0]!["bytes_per_token"]!.GetValue<long>() - rows[1]!["bytes_per_token"]!.GetValue<long>());
    }

    [Fact]
    public void Of_QuantisedModelWithBadRows_BlocksAndProblems()
    {
        string model = Path.Combine(_folder, "pocket-q8_0.gguf");
        using (GgufQuantization quantization = GgufQuantization.Open(Fixture.Pocket(), new QuantizationOptions { Type = "Q8_0" }))
        {
            quantization.Write(model, null, default);
        }

        File.WriteAllText(
            Path.Combine(_folder, "slices.json"),
            """[{"name": "good", "intermediate_size": [256,256,256,256,256,256,256,256,256,256]}, {"name": "off", "intermediate_size": [250,256,256,256,256,256,256,256,256,256]}, {"name": "short", "intermediate_size": [256]}]""");

        JsonObject facts = SliceReport.Of(model, new SliceReportOptions());
        JsonArray rows = facts["slices"]!.AsArray();

        Assert.Equal(32, facts["legal"]!["widths_multiple_of"]!.GetValue<int>());
        Assert.Empty(facts["legal"]!["layers_that_may_be_skipped"]!.AsArray()); // 16 columns of the table are no block
        Assert.Equal(["(whole model)", "good", "off", "short"], rows.Select(row => row!["name"]!.ToString()));
        Assert.Null(rows[1]!["problem"]);
        Assert.Contains("a multiple of 32 expected", rows[2]!["problem"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains("lists 1 widths, 10 expected", rows[3]!["problem"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(rows[0]!.AsObject().Select(pair => pair.Key), rows[2]!.AsObject().Select(pair => pair.Key));
    }

    [Fact]
    public void Of_ItsOwnOutput_ReadsAsATable()
    {
        string table = Path.Combine(_folder, "table.json");
        File.WriteAllText(table, SliceReport.Of(Fixture.Pocket(), new SliceReportOptions()).ToJsonString());
        MatFormerTable before = MatFormerTable.Read(Fixture.Pocket("slices.csv")), after = MatFormerTable.Read(table);

        Assert.Equal(before.Names, after.Names);
        Assert.All(before.Names, name =>
        {
            Assert.Equal(before.Find(name).IntermediateSizes, after.Find(name).IntermediateSizes);
            Assert.Equal(before.Find(name).SkippedLayers, after.Find(name).SkippedLayers);
            Assert.Equal(before.Find(name).EffectiveBillions, after.Find(name).EffectiveBillions);
        });
    }

    [Fact]
    public void Of_SliceInWordsWithProbe_OneRowInTokensASecond()
    {
        JsonObject facts = SliceReport.Of(Fixture.Pocket(), new SliceReportOptions { Slice = "ffn=128;skip=6-8", Probes = true, Threads = 1 });

        JsonNode row = Assert.Single(facts["slices"]!.AsArray())!;
        Assert.Equal(7, row["layers"]!.GetValue<int>());
        Assert.InRange(row["tokens_per_second"]!.GetValue<double>(), 1, 1e9);
        Assert.Contains("measured here", facts["estimates"]!["speed"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void OfSlice_InspectedModel_ConfigAndTensorsOfTheSlice()
    {
        JsonObject facts = Inspection.OfSlice(Fixture.Pocket(), new EngineOptions { Slice = "Config for small model" });

        Assert.Equal(8, facts["text"]!["num_hidden_layers"]!.GetValue<int>());
        Assert.Equal("[6,7]", facts["slice"]!["layers_skipped"]!.ToJsonString());
        Assert.DoesNotContain(facts["tensors"]!.AsArray(), tensor => tensor!["name"]!.ToString().Contains("language_model.layers.8.", StringComparison.Ordinal));
        JsonNode table = facts["tensors"]!.AsArray().Single(tensor => tensor!["name"]!.ToString() == "model.language_model.embed_tokens_per_layer.weight")!;
        Assert.Equal(8 * 16, table["shape"]![1]!.GetValue<long>());
    }
}
