using System.Text.Json;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Model.Export;

/// <summary>What would be written for the real models, against what the real converter writes for their shapes.</summary>
public sealed class GgufExportTests
{
    [Theory]
    [InlineData("gguf-manifest-e2b.json", 30, 8192, 10)]
    [InlineData("gguf-manifest-e4b.json", 35, 16384, 15)]
    public void Tensors_RealShapes_NamesShapesAndTypesOfTheConverter(string name, int layers, int width, int shared)
    {
        JsonElement manifest = ManifestShapes.Manifest(name);
        TextConfig config = ManifestShapes.Config(layers, width, shared);
        foreach ((string type, WeightType wanted) in (ReadOnlySpan<(string, WeightType)>)[("f16", WeightType.F16), ("q8_0", WeightType.Q8_0)])
        {
            IReadOnlyList<ExportTensor> tensors = GgufTextExport.Tensors(new ManifestShapes(manifest), config, wanted);

            Assert.Equal(Expected(manifest, type), tensors.Select(Describe));
            Assert.Equal(manifest.GetProperty("data_bytes").GetProperty(type).GetInt64(), tensors.Sum(tensor => new GgufTensor(tensor.Name, tensor.Type, tensor.Shape, []).ByteCount));
        }
    }

    [Theory]
    [InlineData("gguf-manifest-e2b.json", 30, 8192, 10)]
    [InlineData("gguf-manifest-e4b.json", 35, 16384, 15)]
    public void Keys_RealConfig_KeysAndValuesOfTheConverter(string name, int layers, int width, int shared)
    {
        OrderedDictionary<string, GgufValue> keys = [];

        GgufTextKeys.Add(keys, ManifestShapes.Config(layers, width, shared), WeightType.F16);

        Compare(ManifestShapes.Manifest(name), "gemma3n.block_count", "general.quantization_version", keys);
    }

    [Theory]
    [InlineData("f32", WeightType.F32)]
    [InlineData("f16", WeightType.F16)]
    [InlineData("bf16", WeightType.BF16)]
    [InlineData("q8_0", WeightType.Q8_0)]
    public void ProjectorTensors_RealShapes_ThoseOfTheConverterButForTheScales(string type, WeightType wanted)
    {
        JsonElement manifest = ManifestShapes.Manifest("gguf-manifest-mmproj.json");

        IReadOnlyList<ExportTensor> tensors = GgufProjectorExport.Tensors(new ManifestShapes(manifest), wanted);

        Assert.Equal(
            Expected(manifest, type),
            tensors.Select(tensor => Describe(tensor.Name.EndsWith("gamma", StringComparison.Ordinal) ? tensor with { Shape = [tensor.Shape[1]] } : tensor)));
        Assert.All(tensors.Where(tensor => tensor.Name.EndsWith("gamma", StringComparison.Ordinal)), tensor => Assert.Equal([1, tensor.Count, 1, 1], tensor.Shape));
        Assert.Equal(manifest.GetProperty("data_bytes").GetProperty(type).GetInt64(), tensors.Sum(tensor => new GgufTensor(tensor.Name, tensor.Type, tensor.Shape, []).ByteCount));
    }

    [Fact]
    public void ProjectorKeys_RealConfig_KeysAndValuesOfTheConverter()
    {
        OrderedDictionary<string, GgufValue> keys = [];
        using GgufFile projector = GgufFile.Open(Fixture.Path("Gguf", "conv-mmproj-f16.gguf"));
        using GgufFile model = GgufFile.Open(Fixture.Path("Gguf", "conv-bf16.gguf"));
        Gemma3nConfig small = GgufConfig.Read(model, projector);
        Gemma3nConfig config = small with { Text = ManifestShapes.Config(35, 16384, 15), Audio = small.Audio! with { HiddenSize = 1536, LayerCount = 12, HeadCount = 8 } };

        GgufProjectorExport.AddKeys(keys, config, new ProcessorConfig { Mean = [0.5f, 0.5f, 0.5f] }, WeightType.F32);

        Compare(ManifestShapes.Manifest("gguf-manifest-mmproj.json"), "general.file_type", "general.quantization_version", keys);
    }

    [Fact]
    public void Tensors_SharingLayersWithoutKeys_WrittenAsZeros()
    {
        JsonElement manifest = ManifestShapes.Manifest("gguf-manifest-e2b.json");
        ManifestShapes source = new(manifest, without: canonical => canonical.Contains("layers.25.self_attn.k_", StringComparison.Ordinal));

        IReadOnlyList<ExportTensor> tensors = GgufTextExport.Tensors(source, ManifestShapes.Config(30, 8192, 10), WeightType.Q8_0);

        Assert.Equal(Expected(manifest, "q8_0").Order(), tensors.Select(Describe).Order());
        Assert.Equal(["blk.25.attn_k.weight", "blk.25.attn_k_norm.weight"], tensors.Where(tensor => tensor.Parts.Count == 0).Select(tensor => tensor.Name));
    }

    [Theory]
    [InlineData("layers.3.mlp.up_proj", "model.language_model.layers.3.mlp.up_proj.weight is missing")]
    [InlineData("altup_projections.1", "model.language_model.altup_projections.0.weight is missing")]
    [InlineData("layers.3.self_attn.v_proj", "model.language_model.layers.3.self_attn.v_proj.weight is missing")]
    public void Problems_TensorMissing_Named(string part, string expected)
    {
        ManifestShapes source = new(ManifestShapes.Manifest("gguf-manifest-e2b.json"), without: canonical => canonical.Contains(part, StringComparison.Ordinal));

        Assert.Equal([expected], GgufTextExport.Problems(source, ManifestShapes.Config(30, 8192, 10)));
    }

    [Fact]
    public void Problems_ConfigOfAnotherModel_EveryTensorThatDiffers()
    {
        IReadOnlyList<string> problems = GgufTextExport.Problems(new ManifestShapes(ManifestShapes.Manifest("gguf-manifest-e2b.json")), ManifestShapes.Config(30, 16384, 10));

        Assert.Equal(90, problems.Count);
        Assert.Contains("[8192, 2048] found, [16384, 2048] expected", problems[1], StringComparison.Ordinal);
    }

    private static IEnumerable<string> Expected(JsonElement manifest, string type) => manifest.GetProperty("tensors").EnumerateArray().Select(tensor =>
    {
        JsonElement types = tensor.GetProperty("type");
        string stored = types.ValueKind == JsonValueKind.String ? types.GetString()! : types.GetProperty(type).GetString()!;
        return $"{tensor.GetProperty("name").GetString()} {stored} {string.Join(",", tensor.GetProperty("ne").EnumerateArray())}";
    });

    private static string Describe(ExportTensor tensor) => $"{tensor.Name} {tensor.Type} {string.Join(",", tensor.Shape.Reverse())}";

    private static void Compare(JsonElement manifest, string first, string last, OrderedDictionary<string, GgufValue> keys)
    {
        List<JsonProperty> expected = [.. manifest.GetProperty("keys").EnumerateObject().SkipWhile(key => key.Name != first)];
        expected.RemoveRange(expected.FindIndex(key => key.Name == last) + 1, expected.Count - expected.FindIndex(key => key.Name == last) - 1);
        Assert.Equal(expected.Select(key => key.Name), keys.Keys);
        foreach (JsonProperty key in expected)
        {
            GgufValue value = keys[key.Name];
            JsonElement content = key.Value.GetProperty("value");
            JsonElement[] all = content.ValueKind == JsonValueKind.Array ? [.. content.EnumerateArray()] : [content];
            string type = key.Value.GetProperty(value.IsArray ? "of" : "type").GetString()!;

            Assert.Equal(value.IsArray, key.Value.GetProperty("type").GetString() == "ARRAY");
            Assert.Equal(type, value.Type switch { GgufValueType.U32 => "UINT32", GgufValueType.I32 => "INT32", GgufValueType.F32 => "FLOAT32", GgufValueType.Bool => "BOOL", _ => "STRING" });
            Assert.Equal(all.Select(one => Text(one, type)), Enumerable.Range(0, value.Count).Select(index => Text(value, index)));
        }
    }

    private static string Text(JsonElement value, string type) => value.ValueKind == JsonValueKind.Number && type == "FLOAT32" ? $"{(float)value.GetDouble()}"
        : value.ToString() == "-inf" ? $"{float.NegativeInfinity}"
        : value.ToString();

    private static string Text(GgufValue value, int index) => value.Text(index) ?? (value.Type == GgufValueType.F32 ? $"{(float)value.Number(index)!}" : $"{value.Number(index)?.ToString() ?? value.Flag(index).ToString()}");
}
