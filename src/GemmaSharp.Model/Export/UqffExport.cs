using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Safetensors;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Model.Export;

/// <summary>
/// A Gemma 3n as UQFF keeps it (formats.md 13.4): the matrices of decoder, conformer and embedders as layers, all other tensors as they
/// are. Keys and values that sharing layers lack are zeros, as every layer has them there.
/// </summary>
public sealed class UqffExport
{
    private const string WeightPart = ".weight";
    private readonly IWeightSource _source;
    private readonly UqffRecipe _recipe;
    private readonly HashSet<string> _names = [];
    private readonly List<UqffLayerPlan> _layers = [];
    private readonly List<StreamedTensor> _residual = [];

    private UqffExport(IWeightSource source, TextConfig config, UqffRecipe recipe)
    {
        _source = source;
        _recipe = recipe;
        foreach (WeightEntry entry in source.Entries)
        {
            string name = Canonical(entry);
            if (name == "lm_head.weight" && config.TieWordEmbeddings)
            {
                continue;
            }

            _names.Add(name);
            Take(name, entry);
        }

        AddUnused(config);
    }

    /// <summary>The layers, sorted by key.</summary>
    public IReadOnlyList<UqffLayerPlan> Layers => _layers;

    /// <summary>The tensors that are no layer's.</summary>
    public IReadOnlyList<StreamedTensor> Residual => _residual;

    /// <summary>Matrices that have blocks in the checkpoint and that UQFF keeps as floats only; they become those that the blocks stand for.</summary>
    public int ExpandedCount { get; private set; }

    /// <summary>Plans.</summary>
    /// <param name="source">A checkpoint; data is read from it when it is written.</param>
    /// <param name="config">Its config.</param>
    /// <param name="recipe">What layers become.</param>
    /// <exception cref="ArgumentException">An override is in no layer's name.</exception>
    /// <exception cref="WeightException">It is no checkpoint of that config, or is quantised already and the recipe makes other types.</exception>
    public static UqffExport Make(IWeightSource source, TextConfig config, UqffRecipe recipe)
    {
        IReadOnlyList<string> problems = GgufTextExport.Problems(source, config);
        if (problems.Count > 0)
        {
            throw new WeightException($"{source.Path}: {problems[0]}");
        }

        UqffExport export = new(source, config, recipe);
        export._layers.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        foreach (TypeOverride wanted in recipe.Overrides)
        {
            if (!export._layers.Exists(layer => UqffRecipe.Matches(wanted, layer.Key)))
            {
                throw new ArgumentException($"'{wanted.Pattern}' is in no layer's name; names like model.language_model.layers.0.self_attn.v_proj or blk.0.attn_v.weight are expected");
            }
        }

        return export;
    }

    /// <summary>The weights to be written.</summary>
    /// <param name="stem">What the shards' names begin with.</param>
    /// <param name="quantizer">How the rows of a layer are quantised.</param>
    public UqffContents Contents(string stem, Func<ExportTensor, RowQuantizer> quantizer) =>
        new() { Stem = stem, Layers = [.. _layers.Select(layer => layer.Tensor.From(_source, quantizer(layer.Tensor)))], Residual = _residual };

    private static string Canonical(WeightEntry entry) => GgufNames.ToGguf(entry.Name) is GgufName place && GgufNames.ToCanonical(place.Name, place.Slice ?? 0) is string name
        ? name
        : throw new WeightException($"{entry.File}: {entry.Name} is no tensor of a Gemma 3n");

    private void Take(string name, WeightEntry entry)
    {
        WeightType stored = TensorRecoding.TypeOf(entry);
        bool isQuantised = WeightTypes.BlockLength(stored) > 1;
        if (isQuantised && !_recipe.KeepsTypes)
        {
            throw new WeightException($"{entry.File}: {entry.Name} is {stored} already; name the original, as quantising twice loses more");
        }

        if (!IsLayer(name))
        {
            _residual.Add(isQuantised ? Floats(name, WeightType.F32, entry.Shape, [entry]) : StreamedTensor.Copy(_source, entry, name));
            ExpandedCount += isQuantised ? 1 : 0;
        }
        else if (entry.Shape is [> 0, > 0])
        {
            _layers.Add(Plan(name, entry.Shape, stored, [entry]));
        }
        else
        {
            throw new WeightException($"{entry.File}: {entry.Name}: {entry.ShapeText} found, [rows, columns] expected");
        }
    }

    private UqffLayerPlan Plan(string name, IReadOnlyList<long> shape, WeightType stored, IReadOnlyList<WeightEntry> parts)
    {
        string key = name[..^WeightPart.Length];
        WeightType wanted = _recipe.KeepsTypes ? stored : _recipe.Wanted(key);
        return new UqffLayerPlan(key, wanted, new ExportTensor(name, UqffRecipe.Fit(wanted, shape[^1]) ?? stored, shape, parts));
    }

    private void AddUnused(TextConfig config)
    {
        foreach ((string gguf, long[] shape) in TextShapes.Of(config).Where(one => TextShapes.IsUnused(one.Name, config)))
        {
            if (GgufNames.ToCanonical(gguf) is not string name || !_names.Add(name))
            {
                continue;
            }

            if (IsLayer(name))
            {
                _layers.Add(Plan(name, shape, WeightType.BF16, []));
            }
            else
            {
                _residual.Add(Floats(name, WeightType.BF16, shape, []));
            }
        }
    }

    private StreamedTensor Floats(string name, WeightType type, IReadOnlyList<long> shape, IReadOnlyList<WeightEntry> parts)
    {
        GgufTensor tensor = new ExportTensor(name, type, shape, parts).From(_source);
        return new StreamedTensor(name, type.ToString(), shape, tensor.ByteCount, tensor.Data);
    }

    private static bool IsLayer(string name) => name.EndsWith(WeightPart, StringComparison.Ordinal) && UqffNames.IsLayer(name[..^WeightPart.Length]);
}
