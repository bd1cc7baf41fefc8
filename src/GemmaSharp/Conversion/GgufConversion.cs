using GemmaSharp.Loading;
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
    /// <exception cref="Weights.WeightException">The weights are malformed or do not fit the config, or the file cannot be written.</exception>
    public static void Convert(string folder, string output, ConversionOptions options, IProgress<FileProgress>? progress = null, CancellationToken cancel = default)
    {
        if (!HubFolder.IsOne(folder))
        {
            throw new InvalidDataException($"{folder}: no config.json in it; the folder of a Gemma 3n model in Hugging Face's layout is expected");
        }

        CheckOutput(folder, output);
        using GgufContents contents = GgufContents.OfFolder(folder, options);
        GgufWriter.Write(
            output, contents.Keys, [.. contents.Tensors.Select(tensor => tensor.From(contents.Source))],
            FileProgress.To(progress), cancel);
    }

    // The model's own files must outlive the conversion; GGUF files beside them are not part of it.
    private static void CheckOutput(string folder, string output)
    {
        bool isInput = Directory.EnumerateFiles(folder).Any(file => !file.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && OutputPath.AreSame(file, output));
        if (isInput)
        {
            throw new ArgumentException($"{output}: belongs to the model that is converted; name another file to write");
        }
    }
}
