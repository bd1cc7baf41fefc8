using System.Text.Json;
using System.Text.Json.Nodes;
using GemmaSharp.Diagnostics;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Library.Diagnostics;

/// <summary>Facts of whole folders, single files, foreign models and folders without weights.</summary>
public sealed class InspectionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("inspection").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_PocketModel_EverySection()
    {
        JsonObject facts = Inspection.Of(Fixture.Pocket());

        Assert.Equal(
            ["path", "config", "text", "vision", "audio", "generation", "slices", "tokenizer", "chat_template", "weights", "metadata", "types", "tensors"],
            facts.Select(pair => pair.Key));
    }

    [Fact]
    public void Of_PocketModel_FactsOfTheConfig()
    {
        JsonObject facts = Inspection.Of(Fixture.Pocket());

        AssertFacts("""{"takes":["text","image","audio"],"max_position_embeddings":4096,"eos_token_id":[1,9]}""", facts["config"]);
        AssertFacts("""{"num_hidden_layers":10,"head_dim":32,"sliding_window":512,"kv_source_layer":[0,1,2,3,4,5,5,5,5,4]}""", facts["text"]);
        AssertFacts("""{"activation_sparsity_pattern":[0.95,0.95,0.95,0,0,0,0,0,0,0]}""", facts["text"]);
        AssertFacts("""{"image_width":256,"vision_soft_tokens_per_image":256}""", facts["vision"]);
        AssertFacts("""{"conf_num_hidden_layers":3,"sampling_rate":16000,"window_seconds":30}""", facts["audio"]);
    }

    [Fact]
    public void Of_PocketModel_FactsOfSlicesTokensAndTensors()
    {
        JsonObject facts = Inspection.Of(Fixture.Pocket());

        AssertFacts("""{"name":"Config for small model","layers":8,"effective_billions":0.00141,"layers_skipped":[6,7]}""", facts["slices"]![2]);
        AssertFacts("""{"entries":1280,"merges":1109,"special_token_count":16}""", facts["tokenizer"]);
        AssertFacts("""{"roles":["system","user","assistant"],"media":["image","audio"]}""", facts["chat_template"]);
        AssertFacts("""{"tensors":399,"parameters":5848272,"bytes":11696544}""", facts["weights"]);
        JsonNode embedding = facts["tensors"]!.AsArray().Single(tensor => tensor!["name"]!.ToString() == "model.language_model.embed_tokens.weight")!;
        AssertFacts("""{"type":"BF16","shape":[1280,128],"bytes":327680}""", embedding);
        Assert.Equal(399, facts["tensors"]!.AsArray().Count);
    }

    [Fact]
    public void Of_TensorsOfTheTotals_AddUp()
    {
        JsonObject facts = Inspection.Of(Fixture.Pocket());

        Assert.Equal(facts["weights"]!["bytes"]!.GetValue<long>(), facts["tensors"]!.AsArray().Sum(tensor => tensor!["bytes"]!.GetValue<long>()));
        Assert.Equal(facts["weights"]!["parameters"]!.GetValue<long>(), facts["types"]!.AsArray().Sum(type => type!["parameters"]!.GetValue<long>()));
    }

    [Fact]
    public void Of_SafetensorsFileOfNoModel_TensorsAlone()
    {
        JsonObject facts = Inspection.Of(Fixture.Path("Safetensors", "good.safetensors"));

        Assert.Equal("""[{"name":"a","type":"F32","shape":[2,2],"bytes":16},{"name":"b","type":"BF16","shape":[4],"bytes":8}]""", facts["tensors"]!.ToJsonString());
        Assert.False(facts.ContainsKey("config"));
    }

    [Theory]
    [InlineData("index-good")]
    [InlineData("index-good/model.safetensors.index.json")]
    public void Of_Index_TensorsOfItsShards(string path) =>
        AssertFacts("""{"files":["m.safetensors"],"tensors":2}""", Inspection.Of(Fixture.Path("Safetensors", path))["weights"]);

    [Fact]
    public void Of_EmptyAndScalarTensors_CountsTheirElements() =>
        AssertFacts("""{"tensors":2,"parameters":1,"bytes":4}""", Inspection.Of(Fixture.Path("Safetensors", "scalar-and-empty.safetensors"))["weights"]);

    [Fact]
    public void Of_FolderWithoutWeights_ConfigAndTokenizer()
    {
        Copy("config.json", "tokenizer.json");

        JsonObject facts = Inspection.Of(_folder);

        Assert.Equal(["path", "config", "text", "vision", "audio", "generation", "tokenizer"], facts.Select(pair => pair.Key));
    }

    [Fact]
    public void Of_AnotherModelsFolder_WhatItsFilesSay()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), """{"model_type":"bert","hidden_size":12,"id2label":{"0":"a"},"sizes":[1,2]}""");
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), """{"model":{"type":"WordPiece","vocab":{}}}""");

        JsonObject facts = Inspection.Of(_folder);

        Assert.Equal("""{"model_type":"bert","hidden_size":12,"sizes":[1,2]}""", facts["config"]!.ToJsonString());
        Assert.Contains("'WordPiece', BPE expected", facts["tokenizer"]!["problem"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_TemplateInTokenizerConfig_RolesThatItLetsSpeak()
    {
        File.WriteAllText(
            Path.Combine(_folder, "tokenizer_config.json"),
            """{"chat_template":"{% for m in messages %}{% if m.role == 'user' %}{{ m.content[-1].text }}{% endif %}{% endfor %}"}""");

        JsonNode? template = Inspection.Of(_folder)["chat_template"];

        AssertFacts("""{"file":"tokenizer_config.json","roles":["user"],"media":[]}""", template);
    }

    [Fact]
    public void Of_EmptyFolder_SaysWhatIsMissing() =>
        Assert.Contains("holds no config.json", Assert.Throws<InvalidDataException>(() => Inspection.Of(_folder)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"model_type\":")]
    [InlineData("{\"model_type\":\"gemma3n\"}")]
    public void Of_MalformedConfig_NamesTheFile(string config)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), config);

        Assert.Contains("config.json: ", Assert.Throws<InvalidDataException>(() => Inspection.Of(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_MalformedSlice_NamesItsLine()
    {
        File.Copy(Fixture.Path("MatFormer", "bad.csv"), Path.Combine(_folder, "slices.csv"));

        Assert.Contains("slices.csv: line 5: ", Assert.Throws<InvalidDataException>(() => Inspection.Of(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NothingThere_SaysSo() => Assert.Throws<WeightException>(() => Inspection.Of(Path.Combine(_folder, "none")));

    private static void AssertFacts(string expected, JsonNode? found)
    {
        using JsonDocument document = JsonDocument.Parse(expected);
        foreach (JsonProperty fact in document.RootElement.EnumerateObject())
        {
            Assert.Equal(fact.Value.GetRawText(), found?[fact.Name]?.ToJsonString());
        }
    }

    private void Copy(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            File.Copy(Fixture.Pocket(name), Path.Combine(_folder, name));
        }
    }
}
