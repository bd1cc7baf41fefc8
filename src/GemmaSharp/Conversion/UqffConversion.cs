using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Conversion;

/// <summary>Makes a UQFF folder of a Hugging Face folder as mistral.rs does: weights, config, tokenizer, report and card.</summary>
internal static class UqffConversion
{
    /// <summary>Writes the folder; tensor by tensor, so that memory stays small.</summary>
    /// <param name="input">The model's folder.</param>
    /// <param name="output">The folder to make; it appears when it is whole.</param>
    /// <param name="options">What to make.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops; nothing is left behind then.</param>
    /// <exception cref="ArgumentException">No such type, or the output is there already.</exception>
    /// <exception cref="InvalidDataException">The input is no folder of Hugging Face's layout, or a file of it cannot be read.</exception>
    /// <exception cref="WeightException">The weights are malformed, quantised already or do not fit the config, or the output cannot be written.</exception>
    public static void Convert(string input, string output, UqffOptions options, IProgress<FileProgress>? progress = null, CancellationToken cancel = default)
    {
        UqffRecipe recipe = UqffRecipe.Parse(options.Type);
        ModelPlace place = ModelFiles.Find(input);
        if (place.Format != WeightFormat.Safetensors || !HubFolder.IsOne(place.Path))
        {
            throw new InvalidDataException(place.Format == WeightFormat.Safetensors
                ? $"{input}: no config.json in it; the folder of a Gemma 3n model in Hugging Face's layout is expected"
                : $"{input}: a UQFF model carries the config.json and tokenizer.json of Hugging Face's folder, which {place.Path} does not have; name that folder in its place");
        }

        Gemma3nConfig config = ConfigJson.Read(Path.Combine(place.Path, "config.json"));
        IReadOnlyDictionary<string, byte[]> files = UqffSideFiles.Read(place.Path);
        using IWeightSource source = WeightFiles.Open(place.Path);
        UqffExport export = UqffExport.Make(source, config.Text, recipe);
        NewFolder.Write(output, folder =>
        {
            IReadOnlyList<string> shards = UqffWriter.Write(
                folder, export.Contents(UqffRecipe.NameOf(recipe.Main)), (name, done, total) => progress?.Report(new FileProgress(name, done, total)), cancel);
            foreach ((string name, byte[] bytes) in files)
            {
                File.WriteAllBytes(Path.Combine(folder, name), bytes);
            }

            File.WriteAllBytes(Path.Combine(folder, UqffReport.FileName), UqffReport.Make(export, recipe, shards, options));
            File.WriteAllText(Path.Combine(folder, UqffCard.FileName), UqffCard.Make(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(input))), recipe, shards, options));
        });
    }
}
