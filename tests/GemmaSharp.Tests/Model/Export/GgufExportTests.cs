using System.Text.Json;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;
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
        JsonElement manifest = Manifest(name);
        TextConfig config = Config(layers, width, shared);
        foreach ((string type, WeightType wanted) in (ReadOnlySpan<(string, WeightType)>)[("f16", WeightType.F16), ("q8_0", WeightType.Q8_0)])
        {
            IReadOnlyList<ExportTensor> tensors = GgufTextExport.Tensors(new Shapes(manifest), config, wanted);

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

        GgufTextKeys.Add(keys, Config(layers, width, shared), WeightType.F16);

        Compare(Manifest(name), "gemma3n.block_count", "general.quantization_version", keys);
    }

    [Theory]
    [InlineData("f32", WeightType.F32)]
    [InlineData("f16", WeightType.F16)]
    [InlineData("bf16", WeightType.BF16)]
    [InlineData("q8_0", WeightType.Q8_0)]
    public void ProjectorTensors_RealShapes_ThoseOfTheConverterButForTheScales(string type, WeightType wanted)
    {
        JsonElement manifest = Manifest("gguf-manifest-mmproj.json");

        IReadOnlyList<ExportTensor> tensors = GgufProjectorExport.Tensors(new Shapes(manifest), wanted);

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
        Gemma3nConfig config = small with { Text = Config(35, 16384, 15), Audio = small.Audio! with { HiddenSize = 1536, LayerCount = 12, HeadCount = 8 } };

        GgufProjectorExport.AddKeys(keys, config, new ProcessorConfig { Mean = [0.5f, 0.5f, 0.5f] }, WeightType.F32);

        Compare(Manifest("gguf-manifest-mmproj.json"), "general.file_type", "general.quantization_version", keys);
    }

    [Fact]
    public void Tensors_SharingLayersWithoutKeys_WrittenAsZeros()
    {
        JsonElement manifest = Manifest("gguf-manifest-e2b.json");
        Shapes source = new(manifest, without: canonical => canonical.Contains("layers.25.self_attn.k_", StringComparison.Ordinal));

        IReadOnlyList<ExportTensor> tensors = GgufTextExport.Tensors(source, Config(30, 8192, 10), WeightType.Q8_0);

        Assert.Equal(Expected(manifest, "q8_0").Order(), tensors.Select(Describe).Order());
        Assert.Equal(["blk.25.attn_k.weight", "blk.25.attn_k_norm.weight"], tensors.Where(tensor => tensor.Parts.Count == 0).Select(tensor => tensor.Name));
    }

    [Theory]
    [InlineData("layers.3.mlp.up_proj", "model.language_model.layers.3.mlp.up_proj.weight is missing")]
    [InlineData("altup_projections.1", "model.language_model.altup_projections.0.weight is missing")]
    [InlineData("layers.3.self_attn.v_proj", "model.language_model.layers.3.self_attn.v_proj.weight is missing")]
    public void Problems_TensorMissing_Named(string part, string expected)
    {
        Shapes source = new(Manifest("gguf-manifest-e2b.json"), without: canonical => canonical.Contains(part, StringComparison.Ordinal));

        Assert.Equal([expected], GgufTextExport.Problems(source, Config(30, 8192, 10)));
    }

    [Fact]
    public void Problems_ConfigOfAnotherModel_EveryTensorThatDiffers()
    {
        IReadOnlyList<string> problems = GgufTextExport.Problems(new Shapes(Manifest("gguf-manifest-e2b.json")), Config(30, 16384, 10));

        Assert.Equal(90, problems.Count);
        Assert.Contains("[8192, 2048] found, [16384, 2048] expected", problems[1], StringComparison.Ordinal);
    }

    private static JsonElement Manifest(string name) => JsonDocument.Parse(File.ReadAllText(Fixture.Path("Gguf", name))).RootElement;

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

    private static TextConfig Config(int layers, int width, int shared) => new()
    {
        HiddenSize = 2048,
        IntermediateSizes = [.. Enumerable.Repeat(width, layers)],
        LayerKinds = [.. Enumerable.Range(1, layers).Select(layer => layer % 5 == 0 ? LayerKind.Full : LayerKind.Sliding)],
        SparsityDeviations = [.. Enumerable.Range(0, layers).Select(layer => layer < 10 ? NormalQuantile.Of(0.95) : (float?)null)],
        HeadCount = 8,
        KeyValueHeadCount = 2,
        HeadDim = 256,
        VocabSize = 262400,
        VocabSizePerLayerInput = 262144,
        HiddenSizePerLayerInput = 256,
        LaurelRank = 64,
        AltUpInputCount = 4,
        AltUpActiveIndex = 0,
        AltUpCorrectScale = true,
        SharedLayerCount = shared,
        SlidingWindow = 512,
        FullRopeTheta = 1e6,
        SlidingRopeTheta = 1e4,
        RmsNormEpsilon = 1e-6f,
        HiddenActivation = HiddenActivation.GeluTanh,
        FinalLogitSoftcap = 30,
        MaxPositionEmbeddings = 32768,
        TieWordEmbeddings = true,
    };

    /// <summary>A checkpoint of a manifest's shapes, in its order, without any data.</summary>
    private sealed class Shapes : IWeightSource
    {
        private readonly List<WeightEntry> _entries = [];

        public Shapes(JsonElement manifest, Func<string, bool>? without = null)
        {
            foreach (JsonElement tensor in manifest.GetProperty("tensors").EnumerateArray())
            {
                string name = tensor.GetProperty("name").GetString()!;
                long[] shape = [.. tensor.GetProperty("ne").EnumerateArray().Select(size => size.GetInt64()).Reverse()];
                bool isStack = GgufNames.IsStacked(name);
                for (int slice = 0; slice < (isStack ? shape[0] : 1); slice++)
                {
                    // Google's per-layer table has the rows of the text alone.
                    long[] own = name == "per_layer_token_embd.weight" ? [262144, shape[1]] : name == "v.conv_stem.conv.bias" ? [shape[1]] : isStack ? shape[1..] : shape;
                    string canonical = GgufNames.ToCanonical(name, slice)!;
                    if (without?.Invoke(canonical) != true)
                    {
                        _entries.Add(new WeightEntry(canonical, "BF16", own, 0, 2 * own.Aggregate((a, b) => a * b), "shapes"));
                    }
                }
            }
        }

        public string Path => "shapes";

        public IReadOnlyList<WeightEntry> Entries => _entries;

        public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>();

        public WeightEntry? Find(string name) => _entries.Find(entry => entry.Name == name);

        public void Read(WeightEntry entry, long offset, Span<byte> into) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
