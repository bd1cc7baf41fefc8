using System.Text.Json.Nodes;
using GemmaSharp.Diagnostics;
using GemmaSharp.Tests.Weights.Gguf;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Library.Diagnostics;

/// <summary>Facts of GGUF and UQFF files: models, projectors, parts, other models' files.</summary>
public sealed class GgufFactsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gguf-facts").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_ModelWithItsProjectorBesideIt_SectionsAndFactsOfTheFolderItWasMadeOf()
    {
        JsonObject facts = Inspection.Of(Fixture.Path("Gguf", "conv-bf16.gguf")), folder = Inspection.Of(Fixture.Path("Gguf", "conv-hf"));

        Assert.Equal(
            ["path", "config", "text", "vision", "audio", "generation", "projector", "tokenizer", "chat_template", "weights", "metadata", "types", "tensors"],
            facts.Select(pair => pair.Key));
        Assert.Equal(folder["text"]!.ToJsonString(), facts["text"]!.ToJsonString());
        foreach ((string section, string[] names) in (ReadOnlySpan<(string, string[])>)
            [
                ("config", ["takes", "max_position_embeddings", "bos_token_id"]), ("vision", ["hidden_size", "image_width", "vocab_size"]),
                ("audio", ["hidden_size", "conf_num_hidden_layers", "sscp_conv_channel_size"]), ("chat_template", ["roles", "media", "characters"]),
            ])
        {
            Assert.All(names, name => Assert.Equal(folder[section]![name]!.ToJsonString(), facts[section]![name]!.ToJsonString()));
        }
    }

    [Fact]
    public void Of_ModelAlone_TextOnlyUntilAProjectorIsNamed()
    {
        string model = Copy("conv-q8_0.gguf");

        JsonObject alone = Inspection.Of(model), both = Inspection.Of(model, Fixture.Path("Gguf", "conv-mmproj-f16.gguf"));

        Assert.Equal("""["text"]""", alone["config"]!["takes"]!.ToJsonString());
        Assert.False(alone.ContainsKey("projector"));
        Assert.Equal("""["text","image","audio"]""", both["config"]!["takes"]!.ToJsonString());
        Assert.Equal("GGUF v3", both["projector"]!["format"]!.ToString());
    }

    [Fact]
    public void Of_ProjectorThatIsNone_Refused()
    {
        string model = Copy("conv-q8_0.gguf");

        Assert.Contains("clip expected", Assert.Throws<WeightException>(() => Inspection.Of(model, model)).Message, StringComparison.Ordinal);
        Assert.Contains("belongs to a GGUF model", Assert.Throws<InvalidDataException>(() => Inspection.Of(Fixture.Pocket(), model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ProjectorItself_ItsTowers()
    {
        JsonObject facts = Inspection.Of(Fixture.Path("Gguf", "conv-mmproj-f16.gguf"));

        Assert.Equal(["path", "vision", "audio", "weights", "metadata", "types", "tensors"], facts.Select(pair => pair.Key));
        Assert.Equal(Inspection.Of(Fixture.Path("Gguf", "conv-hf"))["vision"]!["image_width"]!.ToJsonString(), facts["vision"]!["image_width"]!.ToJsonString());
    }

    [Fact]
    public void Of_FolderThatHoldsAGguf_ItsFacts()
    {
        Copy("conv-q8_0.gguf");
        File.Copy(Fixture.Pocket("slices.csv"), Path.Combine(_folder, "slices.csv"));

        JsonObject facts = Inspection.Of(_folder);

        Assert.Equal("gemma3n", facts["config"]!["model_type"]!.ToString());
        Assert.Equal(4, facts["slices"]!.AsArray().Count);
    }

    [Fact]
    public void Of_Quantised_CountAndBytesOfEveryType()
    {
        JsonObject facts = Inspection.Of(Copy("kq-q4_k_m.gguf"));

        JsonArray types = facts["types"]!.AsArray();
        Assert.Equal(["BF16", "F32", "Q4_K", "Q6_K"], types.Select(type => type!["type"]!.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(facts["tensors"]!.AsArray().Count, types.Sum(type => type!["tensors"]!.GetValue<int>()));
        Assert.Equal(facts["weights"]!["bytes"]!.GetValue<long>(), types.Sum(type => type!["bytes"]!.GetValue<long>()));
        JsonNode packed = types.Single(type => type!["type"]!.ToString() == "Q4_K")!;
        Assert.Equal(packed["parameters"]!.GetValue<long>() / 256 * 144, packed["bytes"]!.GetValue<long>());
    }

    [Fact]
    public void Of_LongArrays_ByTheirCount()
    {
        JsonNode metadata = Inspection.Of(Fixture.Path("Gguf", "vocab.gguf"))["metadata"]!;

        Assert.Matches("^\\[[0-9]+ x Text\\]$", metadata["tokenizer.ggml.tokens"]!.ToString());
        Assert.Matches("^\\[[0-9]+ x F32\\]$", metadata["tokenizer.ggml.scores"]!.ToString());
    }

    [Fact]
    public void Of_AnotherModel_WhatItHoldsAndOneProblem()
    {
        string path = Path.Combine(_folder, "llama.gguf");
        File.WriteAllBytes(path, new GgufBytes().Text("general.architecture", "llama").Text("tokenizer.ggml.model", "gpt2")
            .Texts("tokenizer.ggml.tokens", "a", "b").Text("tokenizer.chat_template", "{% unknown %}").Tensor("output_norm.weight", 4).ToArray());

        JsonObject facts = Inspection.Of(path);

        Assert.Contains("general.architecture is 'llama', gemma3n expected", facts["problem"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(["path", "problem", "chat_template", "weights", "metadata", "types", "tensors"], facts.Select(pair => pair.Key));
        Assert.Null(facts["chat_template"]!["problem"]);
        Assert.Equal("gpt2", facts["metadata"]!["tokenizer.ggml.model"]!.ToString());
        Assert.Equal("output_norm.weight", facts["tensors"]![0]!["name"]!.ToString());
    }

    [Fact]
    public void Of_TemplateVariants_TheDefaultCountsAndTheOthersAreNamed()
    {
        string path = Path.Combine(_folder, "variants.gguf");
        File.WriteAllBytes(path, new GgufBytes().Texts("tokenizer.chat_templates", "tool_use")
            .Text("tokenizer.chat_template.tool_use", "tools").Text("tokenizer.chat_template", "plain").ToArray());

        JsonNode template = Inspection.Of(path)["chat_template"]!;

        Assert.Equal(("5", """["tool_use"]"""), (template["characters"]!.ToString(), template["variants_left_alone"]!.ToJsonString()));
    }

    [Fact]
    public void Of_SplitModel_TensorsOfAllParts()
    {
        for (int part = 0; part < 2; part++)
        {
            File.WriteAllBytes(
                Path.Combine(_folder, $"m-0000{part + 1}-of-00002.gguf"),
                new GgufBytes().U32("split.no", (uint)part).U32("split.count", 2).Tensor($"t{part}", 4).ToArray());
        }

        JsonObject facts = Inspection.Of(Path.Combine(_folder, "m-00001-of-00002.gguf"));

        Assert.Equal("""["m-00001-of-00002.gguf","m-00002-of-00002.gguf"]""", facts["weights"]!["files"]!.ToJsonString());
        Assert.Equal("32", facts["weights"]!["bytes"]!.ToJsonString());
    }

    [Fact]
    public void Of_EveryFileThatOpens_ItsTensors() =>
        Assert.All(Directory.GetFiles(Fixture.Path("Gguf"), "*.gguf", SearchOption.AllDirectories), file =>
        {
            if (Opens(file))
            {
                Assert.NotNull(Inspection.Of(file)["tensors"]);
            }
            else
            {
                Assert.Throws<WeightException>(() => Inspection.Of(file));
            }
        });

    [Theory]
    [InlineData("q4k-0.uqff", "Q4_K")]
    [InlineData("afq4-0.uqff", "AFQ4")]
    [InlineData("hqq4-0.uqff", "HQQ4")]
    public void Of_Uqff_TensorsAndWhatItsFolderHolds(string name, string type)
    {
        string path = Path.Combine(_folder, name);
        File.Copy(Fixture.Path("Uqff", name), path);
        foreach (string beside in (string[])["config.json", "tokenizer.json", "chat_template.jinja"])
        {
            File.Copy(Fixture.Pocket(beside), Path.Combine(_folder, beside));
        }

        JsonObject facts = Inspection.Of(path), folder = Inspection.Of(_folder);

        Assert.Equal(
            ["path", "config", "text", "vision", "audio", "generation", "tokenizer", "chat_template", "weights", "types", "tensors"],
            facts.Select(pair => pair.Key).Where(key => key != "metadata"));
        Assert.Equal("UQFF", facts["weights"]!["format"]!.ToString());
        Assert.Contains(type, facts["types"]!.AsArray().Select(one => one!["type"]!.ToString()));
        Assert.Equal(facts["tensors"]!.ToJsonString(), folder["tensors"]!.ToJsonString());
    }

    private static bool Opens(string file)
    {
        try
        {
            WeightFiles.Open(file).Dispose();
            return true;
        }
        catch (WeightException)
        {
            return false;
        }
    }

    private string Copy(string name)
    {
        string path = Path.Combine(_folder, name);
        File.Copy(Fixture.Path("Gguf", name), path);
        return path;
    }
}
