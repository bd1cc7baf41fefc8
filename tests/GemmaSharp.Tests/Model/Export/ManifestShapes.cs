using System.Text.Json;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.Export;

/// <summary>A checkpoint of given shapes, mostly those of a manifest, in its order, without any data.</summary>
internal sealed class ManifestShapes : IWeightSource
{
    private readonly List<WeightEntry> _entries = [];

    public ManifestShapes(JsonElement manifest, Func<string, bool>? without = null)
        : this([manifest], without)
    {
    }

    public ManifestShapes(IEnumerable<JsonElement> manifests, Func<string, bool>? without = null)
    {
        foreach (JsonElement tensor in manifests.SelectMany(one => one.GetProperty("tensors").EnumerateArray()))
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
                    _entries.Add(Entry(canonical, own));
                }
            }
        }
    }

    public ManifestShapes(IEnumerable<(string Name, long[] Shape)> tensors) => _entries.AddRange(tensors.Select(one => Entry(one.Name, one.Shape)));

    public string Path => "shapes";

    public IReadOnlyList<WeightEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>();

    public WeightEntry? Find(string name) => _entries.Find(entry => entry.Name == name);

    public void Read(WeightEntry entry, long offset, Span<byte> into) => throw new NotSupportedException();

    public static JsonElement Manifest(string name) => JsonDocument.Parse(File.ReadAllText(Fixture.Path("Gguf", name))).RootElement;

    /// <summary>The config of a real model.</summary>
    public static TextConfig Config(int layers, int width, int shared) => new()
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

    public void Dispose()
    {
    }

    private static WeightEntry Entry(string name, long[] shape) => new(name, "BF16", shape, 0, 2 * shape.Aggregate((a, b) => a * b), "shapes");
}
