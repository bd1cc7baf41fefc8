using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Conversion;

/// <summary>What a GGUF file is made of: keys and tensors, and where their data is read.</summary>
internal sealed class GgufContents(IWeightSource source, OrderedDictionary<string, GgufValue> keys, IReadOnlyList<ExportTensor> tensors) : IDisposable
{
    public IWeightSource Source => source;

    public OrderedDictionary<string, GgufValue> Keys => keys;

    public IReadOnlyList<ExportTensor> Tensors => tensors;

    /// <summary>What a conversion makes of a Hugging Face folder.</summary>
    public static GgufContents OfFolder(string folder, ConversionOptions options)
    {
        Gemma3nConfig config = ConfigJson.Read(Path.Combine(folder, "config.json"));
        IWeightSource source = WeightFiles.Open(folder);
        try
        {
            WeightType type = ExportTypes.Choose(options.OutputType, source);
            IReadOnlyList<ExportTensor> tensors = options.Projector
                ? GgufProjectorExport.Tensors(source, type)
                : GgufTextExport.Tensors(source, config.Text, type);
            OrderedDictionary<string, GgufValue> keys = [];
            GeneralKeys.Add(keys, folder, options.Projector, tensors.Sum(tensor => tensor.Count));
            if (options.Projector)
            {
                GgufProjectorExport.AddKeys(keys, config, ProcessorConfig.ReadFolder(folder), type);
            }
            else
            {
                GgufTextKeys.Add(keys, config.Text, type);
                TokenizerKeys.Add(keys, folder, config);
            }

            return new GgufContents(source, keys, tensors);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>What a file holds; of split files without the keys that tell of the parts.</summary>
    public static GgufContents OfFile(string path)
    {
        GgufFile file = GgufFile.Open(path);
        try
        {
            OrderedDictionary<string, GgufValue> keys = [];
            foreach (string key in file.Header.Keys.Where(key => !key.StartsWith("split.", StringComparison.Ordinal)))
            {
                keys.Add(key, file.Header.Find(key) ?? throw file.Header.Error($"{key} has no value"));
            }

            return new GgufContents(file, keys, [.. file.Entries.Select(entry => new ExportTensor(entry.Name, TensorRecoding.TypeOf(entry), entry.Shape, [entry]))]);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => source.Dispose();
}
