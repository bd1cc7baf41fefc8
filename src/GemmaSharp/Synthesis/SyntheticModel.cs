using GemmaSharp.Conversion;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Synthesis;

/// <summary>A GGUF file of a real model's shape with made-up weights, to measure with: types, names and keys are those that a conversion and llama-quantize give.</summary>
internal sealed class SyntheticModel
{
    private const string Projector = "mmproj";
    private const int PoolWeights = 1 << 23;
    private const int SmallPoolWeights = 1 << 18;
    private const long SmallModel = 1 << 26;

    // Smaller weights would give K-quants scales that half precision holds as subnormal numbers.
    private const int DecoderExponent = -2;
    private readonly OrderedDictionary<string, GgufValue> _keys;
    private readonly int? _exponent;
    private readonly int _seed;

    private SyntheticModel(OrderedDictionary<string, GgufValue> keys, IReadOnlyList<ExportTensor> tensors, int? exponent, int seed)
    {
        _keys = keys;
        _exponent = exponent;
        _seed = seed;
        Tensors = tensors;
    }

    /// <summary>What there is to choose from: decoders, and the projector that goes with the published ones.</summary>
    public static IEnumerable<string> PresetNames => SyntheticShape.All.Select(shape => shape.Name).Append(Projector);

    /// <summary>The mixes of types to choose from.</summary>
    public static IEnumerable<string> TypeNames => QuantizationRecipe.All.Select(recipe => recipe.Name);

    /// <summary>The tensors of the file.</summary>
    public IReadOnlyList<ExportTensor> Tensors { get; }

    /// <summary>Plans.</summary>
    /// <param name="preset">One of <see cref="PresetNames"/>.</param>
    /// <param name="type">One of <see cref="TypeNames"/>, in any case.</param>
    /// <param name="seed">Equal seeds give equal files.</param>
    /// <exception cref="ArgumentException">No such preset or type, or a type that no projector has.</exception>
    public static SyntheticModel Plan(string preset, string type, int seed)
    {
        QuantizationRecipe recipe = QuantizationRecipe.Parse(type);
        return preset.Equals(Projector, StringComparison.OrdinalIgnoreCase)
            ? PlanProjector(recipe, seed)
            : PlanDecoder(SyntheticShape.All.FirstOrDefault(one => one.Name.Equals(preset, StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentException($"--preset: '{preset}' found, one of {string.Join(", ", PresetNames)} expected"), recipe, seed);
    }

    /// <summary>Writes the file; it appears when it is whole.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops; nothing is left behind then.</param>
    /// <exception cref="Weights.WeightException">The file cannot be written.</exception>
    public void Write(string output, IProgress<FileProgress>? progress, CancellationToken cancel)
    {
        using ThreadTeam team = new(0);
        WeightPool pool = new(_seed, Tensors.Sum(tensor => tensor.Count) > SmallModel ? PoolWeights : SmallPoolWeights, team);
        GgufWriter.Write(
            output, _keys, [.. Tensors.Select((tensor, number) => new GgufTensor(tensor.Name, tensor.Type, tensor.Shape, Data(tensor, number, pool)))],
            FileProgress.To(progress), cancel);
    }

    private static SyntheticModel PlanDecoder(SyntheticShape shape, QuantizationRecipe recipe, int seed)
    {
        WeightType unquantized = recipe.Main is WeightType.F32 or WeightType.BF16 ? recipe.Main : WeightType.F16;
        QuantizationFacts facts = new() { QueriesPerKey = shape.Text.HeadCount / shape.Text.KeyValueHeadCount };
        IReadOnlyList<ExportTensor> tensors = QuantizationPlan.Make(GgufTextExport.Blank(shape.Text, unquantized), recipe, facts).After;
        OrderedDictionary<string, GgufValue> keys = GeneralPart("gemma3n", "model", shape.Name, tensors);
        GgufTextKeys.Add(keys, shape.Text, WeightType.F16);
        SyntheticVocabulary.AddKeys(keys, shape.Text.VocabSize);
        keys["general.file_type"] = GgufValues.U32(recipe.FileType);
        return new SyntheticModel(keys, tensors, DecoderExponent, seed);
    }

    private static SyntheticModel PlanProjector(QuantizationRecipe recipe, int seed)
    {
        WeightType type = ExportTypes.Names.Contains(recipe.Name.ToLowerInvariant())
            ? recipe.Main
            : throw new ArgumentException($"--type: '{recipe.Name}' found, one of {string.Join(", ", ExportTypes.Names.Where(name => name != "auto"))} expected of a projector");
        IReadOnlyList<ExportTensor> tensors = GgufProjectorExport.Tensors(PublishedTowers.Entries(), type);
        OrderedDictionary<string, GgufValue> keys = GeneralPart(GgufConfig.ProjectorArchitecture, "mmproj", Projector, tensors);
        Gemma3nConfig config = new() { Text = SyntheticShape.All[0].Text, Vision = PublishedTowers.Vision, Audio = PublishedTowers.Audio, EosTokenIds = [] };
        GgufProjectorExport.AddKeys(keys, config, new ProcessorConfig(), type);
        return new SyntheticModel(keys, tensors, exponent: null, seed);
    }

    private static OrderedDictionary<string, GgufValue> GeneralPart(string architecture, string type, string name, IReadOnlyList<ExportTensor> tensors) => new()
    {
        ["general.architecture"] = GgufValues.Text(architecture),
        ["general.type"] = GgufValues.Text(type),
        ["general.name"] = GgufValues.Text($"Synthetic {name}"),
        ["general.size_label"] = GgufValues.Text(GeneralKeys.SizeLabel(tensors.Sum(tensor => tensor.Count))),
    };

    // Sizes that keep activations near those of a trained model, scores of the attention above all.
    private IEnumerable<ReadOnlyMemory<byte>> Data(ExportTensor tensor, int number, WeightPool pool) => tensor.Name switch
    {
        _ when tensor.Name.EndsWith(".gamma", StringComparison.Ordinal) || tensor.Name.EndsWith("per_dim_scale", StringComparison.Ordinal) => pool.Around(0, 0.5f, tensor.Count, number),
        _ when tensor.Name.EndsWith(".bias", StringComparison.Ordinal) || tensor.Name.EndsWith("_coef.weight", StringComparison.Ordinal) => pool.Around(0, 0.1f, tensor.Count, number),
        _ when tensor.Name.EndsWith("attn_q_norm.weight", StringComparison.Ordinal) || tensor.Name.EndsWith("attn_k_norm.weight", StringComparison.Ordinal) => pool.Around(0.5f, 0.1f, tensor.Count, number),
        _ when tensor.Shape.Count == 1 => pool.Around(1, 0.1f, tensor.Count, number),
        _ => pool.Matrix(tensor.Type, _exponent ?? Exponent(tensor.Shape), tensor.ByteCount, number),
    };

    // The power of two nearest to the deviation that keeps the size of a product's result.
    private static int Exponent(IReadOnlyList<long> shape) => (int)double.Round(double.Log2(1 / double.Sqrt(shape.Skip(1).Aggregate(1L, (product, size) => product * size))));
}
