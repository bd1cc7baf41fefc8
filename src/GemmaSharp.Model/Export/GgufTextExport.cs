using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Export;

/// <summary>
/// The decoder's tensors as GGUF keeps them (formats.md 3): in the checkpoint's order, stacks where their last part stood, tables padded
/// to the vocabulary, keys and values that sharing layers lack as zeros at the end.
/// </summary>
public sealed class GgufTextExport
{
    private const string TokenTable = "token_embd.weight";
    private const string PerLayerTable = "per_layer_token_embd.weight";
    private const string Head = "output.weight";
    private readonly TextConfig _config;
    private readonly WeightType? _wanted;
    private readonly OrderedDictionary<string, ExportTensor> _tensors = [];
    private readonly Dictionary<string, WeightEntry?[]> _stacks = [];
    private readonly List<string> _problems = [];

    private GgufTextExport(IWeightSource source, TextConfig config, WeightType? wanted)
    {
        _config = config;
        _wanted = wanted;
        foreach (WeightEntry entry in source.Entries)
        {
            Take(entry);
        }

        Complete();
    }

    /// <summary>The tensors in the order of the file.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="config">Its config.</param>
    /// <param name="wanted">The type of matrices; null leaves them as they are.</param>
    /// <exception cref="WeightException">One is missing, has another shape than the config says, or no place in GGUF.</exception>
    public static IReadOnlyList<ExportTensor> Tensors(IWeightSource source, TextConfig config, WeightType? wanted)
    {
        GgufTextExport export = new(source, config, wanted);
        return export._problems.Count == 0 ? [.. export._tensors.Values] : throw new WeightException($"{source.Path}: {export._problems[0]}");
    }

    /// <summary>All that keeps a checkpoint from being a model of that config: tensors that are missing, of another shape, or unknown.</summary>
    public static IReadOnlyList<string> Problems(IWeightSource source, TextConfig config) => new GgufTextExport(source, config, WeightType.F32)._problems;

    /// <summary>The tensors that a config calls for, made of nothing yet.</summary>
    public static IReadOnlyList<ExportTensor> Blank(TextConfig config, WeightType wanted) =>
        [.. TextShapes.Of(config).Select(one => new ExportTensor(one.Name, TypeOf(one.Name, one.Shape, wanted, []), one.Shape, []))];

    private void Take(WeightEntry entry)
    {
        if (GgufNames.ToGguf(entry.Name) is not GgufName place)
        {
            _problems.Add($"{entry.Name} is no tensor of a Gemma 3n");
        }
        else if (GgufProjectorExport.Holds(place.Name) || (place.Name == Head && _config.TieWordEmbeddings))
        {
            return;
        }
        else if (place.Slice is int slice)
        {
            Stack(place.Name, slice, entry);
        }
        else
        {
            Add(place.Name, Padded(place.Name, entry.Shape), [entry]);
        }
    }

    private void Stack(string name, int slice, WeightEntry entry)
    {
        int count = _config.AltUpInputCount - 1;
        if (!_stacks.TryGetValue(name, out WeightEntry?[]? parts))
        {
            _stacks.Add(name, parts = new WeightEntry?[count]);
        }

        if (slice >= count || parts[slice] is not null)
        {
            _problems.Add($"{entry.Name} is one too many, {count} of its kind expected");
            return;
        }

        parts[slice] = entry;
        WeightEntry[] found = [.. parts.OfType<WeightEntry>()];
        if (found.Length == count)
        {
            bool alike = found.All(part => part.Shape.SequenceEqual(found[0].Shape));
            Add(name, alike ? [count, .. found[0].Shape] : [], found);
        }
    }

    // Rows behind the checkpoint's own are ids of pictures and sounds.
    private IReadOnlyList<long> Padded(string name, IReadOnlyList<long> shape) =>
        name is TokenTable or PerLayerTable && shape.Count == 2 && shape[0] < _config.VocabSize ? [_config.VocabSize, shape[1]] : shape;

    private void Add(string name, IReadOnlyList<long> shape, WeightEntry[] parts)
    {
        if (!_tensors.TryAdd(name, new ExportTensor(name, TypeOf(name, shape, _wanted, parts), shape, parts)))
        {
            _problems.Add($"{parts[0].Name} and {_tensors[name].Parts[0].Name} are the same tensor");
        }
    }

    // Parts of a stack that differ in type, which no exporter makes, become floats.
    private static WeightType TypeOf(string name, IReadOnlyList<long> shape, WeightType? wanted, WeightEntry[] parts)
    {
        bool isExact = shape.Count <= 1 || name.EndsWith("_norm.weight", StringComparison.Ordinal)
            || name.EndsWith(".altup_correct_coef.weight", StringComparison.Ordinal) || name.EndsWith(".altup_predict_coef.weight", StringComparison.Ordinal);
        return isExact ? WeightType.F32
            : wanted is WeightType type ? ExportTypes.Fit(type, shape[^1])
            : parts.Length > 0 && parts.All(part => part.TypeName == parts[0].TypeName) ? TensorRecoding.TypeOf(parts[0])
            : WeightType.F32;
    }

    private void Complete()
    {
        Dictionary<string, long[]> expected = TextShapes.Of(_config).ToDictionary(one => one.Name, one => one.Shape);
        foreach ((string name, ExportTensor tensor) in _tensors)
        {
            if (!expected.Remove(name, out long[]? shape))
            {
                _problems.Add($"{tensor.Parts[0].Name} belongs to no layer that the config has");
            }
            else if (!tensor.Shape.SequenceEqual(shape) && !IsLongerTable(name, tensor.Shape, shape))
            {
                _problems.Add($"{tensor.Parts[0].Name}: {tensor.Parts[0].ShapeText} found, [{string.Join(", ", shape)}] expected as {name}; does the config belong to this checkpoint?");
            }
        }

        foreach ((string name, long[] shape) in expected)
        {
            if (TextShapes.IsUnused(name, _config))
            {
                Add(name, shape, []);
            }
            else
            {
                _problems.Add($"{GgufNames.ToCanonical(name) ?? name} is missing");
            }
        }
    }

    private static bool IsLongerTable(string name, IReadOnlyList<long> shape, long[] expected) =>
        name is TokenTable or PerLayerTable or Head && shape.Count == 2 && shape[1] == expected[1] && shape[0] > expected[0];
}
