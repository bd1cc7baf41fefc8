using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Conversion;

/// <summary>Makes a GGUF file of a Hugging Face folder: names, metadata, types, order and bytes as llama.cpp's own converter makes them.</summary>
internal static class GgufConversion
{
    /// <summary>Writes the model, or its projector; tensor by tensor, so that memory stays small.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="output">The file to write; it appears when it is whole.</param>
    /// <param name="options">What to write.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops; nothing is left behind then.</param>
    /// <exception cref="InvalidDataException">The folder is no model's.</exception>
    /// <exception cref="WeightException">The weights are malformed or do not fit the config, or the file cannot be written.</exception>
    public static void Convert(string folder, string output, ConversionOptions options, IProgress<FileProgress>? progress = null, CancellationToken cancel = default)
    {
        if (!HubFolder.IsOne(folder))
        {
            throw new InvalidDataException($"{folder}: no config.json in it; the folder of a Gemma 3n model in Hugging Face's layout is expected");
        }

        Gemma3nConfig config = ConfigJson.Read(Path.Combine(folder, "config.json"));
        using IWeightSource source = WeightFiles.Open(folder);
        CheckOutput(folder, output);
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

        GgufWriter.Write(
            output, keys, [.. tensors.Select(tensor => tensor.From(source))],
            (name, done, total) => progress?.Report(new FileProgress(name, done, total)), cancel);
    }

    // The model's own files must outlive the conversion; GGUF files beside them are not part of it.
    private static void CheckOutput(string folder, string output)
    {
        string target = Resolve(output);
        bool isInput = Directory.EnumerateFiles(folder).Any(file => !file.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && Resolve(file) == target);
        if (isInput)
        {
            throw new ArgumentException($"{output}: belongs to the model that is converted; name another file to write");
        }
    }

    private static string Resolve(string path)
    {
        string whole = Path.GetFullPath(path);
        return (File.Exists(whole) ? File.ResolveLinkTarget(whole, returnFinalTarget: true)?.FullName : null) ?? whole;
    }
}
