using System.Text.Json;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Safetensors;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Tests.Model.Export;

/// <summary>What would be written as UQFF, against the names of a file that mistral.rs wrote and the numbers of layers that the real models have.</summary>
public sealed class UqffExportTests
{
    // What mistral.rs derives from the weights and the config, and stores though no checkpoint has it.
    private static readonly string[] Derived =
    [
        "pos_indices", "inv_timescales", "invalid_logits_tensor", "per_dim_scale_softplus", "local_causal_valid_mask", "v_norm.weight", "embedding_post_projection_norm.weight",
    ];

    [Fact]
    public void Make_CheckpointOfAnOriginalFile_ItsEntriesInItsOrder()
    {
        JsonElement names = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Uqff", "names.json"))).RootElement;
        ManifestShapes source = new(Source(names));

        UqffContents contents = UqffExport.Make(source, Config(), UqffRecipe.Parse("q4k")).Contents("q4k", _ => RowQuantizer.Plain);

        IReadOnlyList<StreamedTensor> shard = Assert.Single(UqffWriter.Shards(contents));
        Assert.Equal(names.GetProperty("shard").EnumerateObject().Select(Facts), shard.Select(Facts));
        Assert.Equal(
            names.GetProperty("residual").EnumerateObject().Where(one => !Array.Exists(Derived, part => one.Name.EndsWith(part, StringComparison.Ordinal))).Select(one => one.Name).Order(StringComparer.Ordinal),
            contents.Residual.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        Assert.All(contents.Residual, tensor => Assert.Equal(Shape(names.GetProperty("residual").GetProperty(tensor.Name)), tensor.Shape));
    }

    [Theory]
    [InlineData("gguf-manifest-e2b.json", 30, 8192, 10, 354)]
    [InlineData("gguf-manifest-e4b.json", 35, 16384, 15, 389)]
    public void Make_RealShapes_NumberOfLayersAndNoneLeftAsItIs(string name, int layers, int width, int shared, int count)
    {
        ManifestShapes source = new([ManifestShapes.Manifest(name), ManifestShapes.Manifest("gguf-manifest-mmproj.json")]);

        UqffExport export = UqffExport.Make(source, ManifestShapes.Config(layers, width, shared), UqffRecipe.Parse("q4k"));

        Assert.Equal(count, export.Layers.Count);
        Assert.Equal(source.Entries.Count, export.Layers.Count + export.Residual.Count);
        Assert.Equal(
            [("model.language_model.embed_tokens", WeightType.Q6_K), ("model.language_model.embed_tokens_per_layer", WeightType.Q6_K)],
            export.Layers.Where(layer => layer.Tensor.Type != WeightType.Q4_K).Select(layer => (layer.Key, layer.Tensor.Type)));
    }

    [Fact]
    public void Make_SharingLayersWithoutKeys_ZerosInTheirPlace()
    {
        bool IsMissing(string name) => name.Contains(".layers.29.", StringComparison.Ordinal) && (name.Contains("k_proj", StringComparison.Ordinal) || name.Contains("k_norm", StringComparison.Ordinal));
        ManifestShapes source = new(ManifestShapes.Manifest("gguf-manifest-e2b.json"), IsMissing);

        UqffContents contents = UqffExport.Make(source, ManifestShapes.Config(30, 8192, 10), UqffRecipe.Parse("q8_0")).Contents("q8_0", _ => RowQuantizer.Plain);

        byte[] keys = [.. contents.Layers.Single(layer => IsMissing(layer.Name)).Data.SelectMany(piece => piece.ToArray())];
        byte[] norm = [.. contents.Residual.Single(tensor => IsMissing(tensor.Name)).Data.SelectMany(piece => piece.ToArray())];
        Assert.Equal(new byte[512 * 2048 / 32 * 34], keys);
        Assert.Equal(new byte[256 * sizeof(ushort)], norm);
    }

    [Theory]
    [InlineData("model.language_model.", "")]
    [InlineData("model.language_model.", "language_model.model.")]
    [InlineData("model.language_model.", "model.")]
    public void Make_NamesOfOtherReleases_Canonical(string canonical, string prefix)
    {
        JsonElement manifest = ManifestShapes.Manifest("gguf-manifest-e2b.json");
        ManifestShapes today = new(manifest);
        ManifestShapes other = new(today.Entries.Select(entry => (entry.Name.Replace(canonical, prefix, StringComparison.Ordinal), entry.Shape.ToArray())));

        UqffExport export = UqffExport.Make(other, ManifestShapes.Config(30, 8192, 10), UqffRecipe.Parse("q8_0"));

        Assert.Equal(today.Entries.Select(entry => entry.Name).Order(), export.Layers.Select(layer => layer.Tensor.Name).Concat(export.Residual.Select(tensor => tensor.Name)).Order());
    }

    [Fact]
    public void Make_ChosenLayers_TheirTypeWithoutPromotion()
    {
        ManifestShapes source = new(ManifestShapes.Manifest("gguf-manifest-e2b.json"));
        UqffRecipe recipe = UqffRecipe.Parse("q4k") with { Overrides = [TypeOverride.Parse("proj$=q5_0"), TypeOverride.Parse(@"embed_tokens$=q4_k"), TypeOverride.Parse("attn_v=bf16")] };

        UqffExport export = UqffExport.Make(source, ManifestShapes.Config(30, 8192, 10), recipe);

        Assert.Equal(WeightType.Q4_K, Assert.Single(export.Layers, layer => layer.Key.EndsWith("embed_tokens", StringComparison.Ordinal)).Tensor.Type);
        Assert.All(export.Layers.Where(layer => layer.Key.EndsWith("v_proj", StringComparison.Ordinal)), layer => Assert.Equal(WeightType.BF16, layer.Tensor.Type));
        Assert.All(export.Layers.Where(layer => layer.Key.EndsWith("q_proj", StringComparison.Ordinal)), layer => Assert.Equal(WeightType.Q5_0, layer.Tensor.Type));
        UqffRecipe wrong = recipe with { Overrides = [TypeOverride.Parse("nothing=q8_0")] };
        Assert.Contains("'nothing' is in no layer's name", Assert.Throws<ArgumentException>(() => UqffExport.Make(source, ManifestShapes.Config(30, 8192, 10), wrong)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_WhatIsNoCheckpointOfThatConfig_SaysWhat()
    {
        ManifestShapes source = new(ManifestShapes.Manifest("gguf-manifest-e2b.json"), name => name.EndsWith("layers.3.mlp.up_proj.weight", StringComparison.Ordinal));
        ManifestShapes more = new(new ManifestShapes(ManifestShapes.Manifest("gguf-manifest-e2b.json")).Entries.Select(entry => (entry.Name, entry.Shape.ToArray())).Append(("../../x.weight", [1])));

        Assert.Contains("layers.3.mlp.up_proj.weight is missing", Problem(source), StringComparison.Ordinal);
        Assert.Contains("../../x.weight is no tensor of a Gemma 3n", Problem(more), StringComparison.Ordinal);

        static string Problem(IWeightSource source) =>
            Assert.Throws<WeightException>(() => UqffExport.Make(source, ManifestShapes.Config(30, 8192, 10), UqffRecipe.Parse("q8_0"))).Message;
    }

    private static TextConfig Config() => ManifestShapes.Config(25, 512, 10) with { HiddenSize = 256, HeadCount = 4, HeadDim = 64, HiddenSizePerLayerInput = 32 };

    // The checkpoint that the file was made of: what is stored as it was, and the layers' weights.
    private static IEnumerable<(string Name, long[] Shape)> Source(JsonElement names) => names.GetProperty("residual").EnumerateObject()
        .Where(one => !Array.Exists(Derived, part => one.Name.EndsWith(part, StringComparison.Ordinal)))
        .Select(one => (one.Name, Shape(one.Value)))
        .Concat(names.GetProperty("shard").EnumerateObject()
            .Where(one => one.Name.EndsWith(".weight", StringComparison.Ordinal))
            .Select(one => (one.Name, LayerShape(one.Name[..^".weight".Length].Split('.')))));

    private static long[] LayerShape(string[] key) => key switch
    {
        [.., "ffw_layer_1"] => [6144, 1536],
        [.., "ffw_layer_2"] => [1536, 6144],
        [.., "linear_start"] => [3072, 1536],
        ["model", "audio_tower", "conformer", ..] => [1536, 1536],
        [.., "input_proj_linear"] => [1536, 1024],
        [.., "embed_audio", _] => [256, 1536],
        [.., "embed_vision", _] => [256, 2048],
        [.., "embed_tokens"] => [262400, 256],
        [.., "embed_tokens_per_layer"] => [262144, 800],
        [.., "per_layer_model_projection"] => [800, 256],
        [.., "k_proj" or "v_proj"] => [128, 256],
        [.., "gate_proj" or "up_proj"] => [512, 256],
        [.., "down_proj"] => [256, 512],
        _ => [256, 256],
    };

    private static long[] Shape(JsonElement entry) => [.. entry[1].EnumerateArray().Select(size => size.GetInt64())];

    private static string Facts(JsonProperty entry) => $"{entry.Name} {entry.Value[0].GetString()} [{string.Join(", ", Shape(entry.Value))}]";

    private static string Facts(StreamedTensor tensor) => $"{tensor.Name} {tensor.TypeName} [{string.Join(", ", tensor.Shape)}]";
}
