using System.Text.Json.Nodes;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Loading;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Importance;

namespace GemmaSharp.Conversion;

/// <summary>
/// Quantises a GGUF model or a Hugging Face folder to a GGUF file as llama-quantize does: types, order, keys and blocks. Tensors pass
/// through memory a few rows at a time.
/// </summary>
internal sealed class GgufQuantization : IDisposable
{
    private const int QuantizationVersion = 2;
    private readonly string _input;
    private readonly QuantizationOptions _options;
    private readonly GgufContents _contents;
    private readonly QuantizationRecipe _recipe;
    private readonly ImportanceMatrix? _importance;
    private readonly QuantizationPlan _plan;

    private GgufQuantization(string input, QuantizationOptions options, GgufContents contents)
    {
        _input = input;
        _options = options;
        _contents = contents;
        _recipe = QuantizationRecipe.Parse(options.Type);
        _importance = options.Importance is string path ? ImportanceMatrix.Read(path) : null;
        _plan = QuantizationPlan.Make(contents.Tensors, _recipe, new QuantizationFacts
        {
            QueriesPerKey = Key("head_count") / int.Max(1, Key("head_count_kv")),
            HasImportance = _importance is not null,
            Overrides = [.. options.Overrides.Select(TypeOverride.Parse)],
        });
        Check();
    }

    /// <summary>The mixes that can be made.</summary>
    public static IEnumerable<string> TypeNames => QuantizationRecipe.All.Select(recipe => recipe.Name);

    /// <summary>The tensors as they are and as they shall be, in the order of the file.</summary>
    public IEnumerable<(ExportTensor Before, ExportTensor After)> Tensors => _plan.Before.Zip(_plan.After);

    /// <summary>Names of quantised matrices of which the importance matrix says nothing; columns count alike there.</summary>
    public IReadOnlyList<string> WithoutImportance => _importance is null ? [] : [.. Quantized().Select(tensor => tensor.Name).Where(name => !_importance.Entries.ContainsKey(name))];

    /// <summary>Reads the head of a model and plans.</summary>
    /// <param name="input">A GGUF file, or a folder that holds one or is Hugging Face's.</param>
    /// <param name="options">What to make.</param>
    /// <exception cref="ArgumentException">No such type, or an override that is none.</exception>
    /// <exception cref="InvalidDataException">The folder is no model's.</exception>
    /// <exception cref="WeightException">The model or the importance matrix is malformed, or quantised already.</exception>
    public static GgufQuantization Open(string input, QuantizationOptions options)
    {
        QuantizationRecipe.Parse(options.Type);
        ModelPlace place = ModelFiles.Find(input);
        GgufContents contents = place.Format == WeightFormat.Gguf ? GgufContents.OfFile(place.Path)
            : HubFolder.IsOne(place.Path) ? GgufContents.OfFolder(place.Path, new ConversionOptions())
            : throw new InvalidDataException($"{input}: a GGUF file or a folder of Hugging Face's layout is expected");
        try
        {
            return new GgufQuantization(place.Path, options, contents);
        }
        catch
        {
            contents.Dispose();
            throw;
        }
    }

    /// <summary>Where the file goes when nothing else is said: beside the model, its name with the type.</summary>
    public string DefaultOutput()
    {
        string whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(_input));
        string name = Directory.Exists(whole) ? Path.GetFileName(whole) : Path.GetFileNameWithoutExtension(whole);
        foreach (string type in QuantizationRecipe.All.Select(recipe => recipe.Name).OrderByDescending(type => type.Length))
        {
            if (name.EndsWith($"-{type}", StringComparison.OrdinalIgnoreCase) || name.EndsWith($".{type}", StringComparison.OrdinalIgnoreCase))
            {
                name = name[..^(type.Length + 1)];
                break;
            }
        }

        return Path.Combine(Path.GetDirectoryName(whole) ?? ".", $"{name}-{_recipe.Name}.gguf");
    }

    /// <summary>Writes the file; it appears when it is whole.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops; nothing is left behind then.</param>
    /// <exception cref="ArgumentException">The output is the input.</exception>
    /// <exception cref="WeightException">The file cannot be written, or the input no longer holds its data.</exception>
    public void Write(string output, IProgress<FileProgress>? progress, CancellationToken cancel)
    {
        if (_contents.Tensors.SelectMany(tensor => tensor.Parts).Select(part => part.File).Distinct().Any(file => OutputPath.AreSame(file, output)))
        {
            throw new ArgumentException($"{output}: is the model that is quantised; name another file to write");
        }

        using ThreadTeam team = new(_options.Threads);
        GgufWriter.Write(
            output, Keys(), [.. _plan.After.Select(tensor => tensor.From(_contents.Source, new RowQuantizer(Importance(tensor), team)))],
            FileProgress.To(progress), cancel);
    }

    /// <summary>Types and sizes before and after.</summary>
    public JsonObject Describe()
    {
        JsonArray rows = [];
        long before = 0, after = 0;
        foreach ((ExportTensor old, ExportTensor made) in Tensors)
        {
            before += old.ByteCount;
            after += made.ByteCount;
            rows.Add((JsonNode)new JsonObject
            {
                ["name"] = made.Name,
                ["shape"] = $"[{string.Join(", ", made.Shape)}]",
                ["from"] = old.Type.ToString(),
                ["to"] = made.Type.ToString(),
                ["bytes"] = old.ByteCount,
                ["becomes"] = made.ByteCount,
            });
        }

        return new JsonObject { ["tensors"] = rows, ["total"] = new JsonObject { ["bytes"] = before, ["becomes"] = after } };
    }

    public void Dispose() => _contents.Dispose();

    private int Key(string name) =>
        _contents.Keys.TryGetValue($"gemma3n.attention.{name}", out GgufValue? value) && value.Whole() is long count and >= 0 and <= int.MaxValue ? (int)count : 1;

    private IEnumerable<ExportTensor> Quantized() => Tensors.Where(pair => pair.Before.Type != pair.After.Type && WeightTypes.BlockLength(pair.After.Type) > 1).Select(pair => pair.After);

    private float[]? Importance(ExportTensor tensor) => _importance?.Find(tensor.Name, checked((int)tensor.Shape[^1]));

    private void Check()
    {
        string? architecture = _contents.Keys.GetValueOrDefault("general.architecture")?.Text();
        if (architecture != "gemma3n")
        {
            throw new WeightException($"{_input}: general.architecture is '{architecture ?? "missing"}', gemma3n expected");
        }

        ExportTensor? twice = Tensors.FirstOrDefault(pair => pair.Before.Type != pair.After.Type && WeightTypes.BlockLength(pair.Before.Type) > 1).Before;
        if (twice is not null && !_options.AllowRequantize)
        {
            throw new WeightException($"{_input}: {twice.Name} is {twice.Type} already; quantise the original, or say --allow-requantize and lose more");
        }

        if (_importance is not null && Quantized().Any() && WithoutImportance.Count == Quantized().Count())
        {
            throw new WeightException($"{_options.Importance}: names no matrix of this model; names like blk.0.attn_q.weight are expected");
        }

        foreach (ExportTensor tensor in Quantized())
        {
            Importance(tensor);
        }
    }

    private OrderedDictionary<string, GgufValue> Keys()
    {
        OrderedDictionary<string, GgufValue> keys = new(_contents.Keys);
        Put("general.quantization_version", GgufValues.U32(QuantizationVersion));
        Put("general.file_type", GgufValues.U32(_recipe.FileType));
        if (_importance is not null)
        {
            Put("quantize.imatrix.file", GgufValues.Text(_options.Importance ?? ""));
            if (_importance.Datasets.Count > 0)
            {
                Put("quantize.imatrix.dataset", GgufValues.Text(_importance.Datasets[0]));
            }

            Put("quantize.imatrix.entries_count", GgufValues.U32(_importance.Entries.Count));
            Put("quantize.imatrix.chunks_count", GgufValues.U32(_importance.ChunkCount));
        }

        return keys;

        // What is set anew goes to the end.
        void Put(string key, GgufValue value)
        {
            keys.Remove(key);
            keys.Add(key, value);
        }
    }
}
