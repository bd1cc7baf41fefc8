using GemmaSharp.Kernels.Threading;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Importance;

namespace GemmaSharp.Conversion;

/// <summary>Makes a UQFF folder of a Hugging Face folder or a GGUF model as mistral.rs does: weights, config, tokenizer, report and card.</summary>
internal static class UqffConversion
{
    /// <summary>The types that can be made.</summary>
    public static IReadOnlyList<string> TypeNames => UqffRecipe.Names;

    /// <summary>Writes the folder; tensors pass through memory a few rows at a time.</summary>
    /// <param name="input">The model's folder or GGUF file, whose projector is the one beside it.</param>
    /// <param name="output">The folder to make; it appears when it is whole.</param>
    /// <param name="options">What to make: a type, not a mix. What is quantised already is refused, whatever they say.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops; nothing is left behind then.</param>
    /// <exception cref="ArgumentException">No such type, an override that is none, or the output is there already.</exception>
    /// <exception cref="InvalidDataException">The input is no such model, or a file of it cannot be read.</exception>
    /// <exception cref="WeightException">The weights are malformed, quantised already or do not fit the config, or the output cannot be written.</exception>
    public static void Convert(string input, string output, QuantizationOptions options, IProgress<FileProgress>? progress = null, CancellationToken cancel = default)
    {
        UqffRecipe recipe = UqffRecipe.Parse(options.Type) with { Overrides = [.. options.Overrides.Select(TypeOverride.Parse)] };
        ModelPlace place = ModelFiles.Find(input);
        (IWeightSource opened, TextConfig config, IReadOnlyDictionary<string, byte[]> files) = Open(place, input);
        using IWeightSource weights = opened;
        ImportanceMatrix? importance = options.Importance is string path ? ImportanceMatrix.Read(path) : null;
        using ThreadTeam team = new(options.Threads);
        UqffExport export = UqffExport.Make(weights, config, recipe);
        UqffFolder.Write(output, new UqffPlan(export, recipe, files), tensor => new RowQuantizer(Find(importance, tensor), team), ModelFiles.NameOf(place.Path), progress, cancel);
    }

    // A folder's files are copied as they are, so only its config is read; a GGUF model says in its metadata what they are made of.
    private static (IWeightSource Weights, TextConfig Config, IReadOnlyDictionary<string, byte[]> Files) Open(ModelPlace place, string input)
    {
        switch (place.Format)
        {
            case WeightFormat.Gguf:
                ModelFiles model = GgufModel.Open(place.Path, projector: null, map: false);
                try
                {
                    return (model.Source, model.Config.Text, GgufSideFiles.Make(model));
                }
                catch
                {
                    model.Dispose();
                    throw;
                }

            case WeightFormat.Safetensors when HubFolder.IsOne(place.Path):
                TextConfig config = ConfigJson.Read(Path.Combine(place.Path, "config.json")).Text;
                IReadOnlyDictionary<string, byte[]> files = UqffSideFiles.Read(place.Path);
                return (WeightFiles.Open(place.Path), config, files);

            case WeightFormat.Uqff:
                throw new InvalidDataException($"{input}: is a UQFF model already; a GGUF file or the folder of a Gemma 3n model in Hugging Face's layout is expected");

            default:
                throw new InvalidDataException($"{input}: no config.json in it; the folder of a Gemma 3n model in Hugging Face's layout is expected");
        }
    }

    // Matrices that GGUF stacks are none that calibration sees.
    private static float[]? Find(ImportanceMatrix? importance, ExportTensor tensor) =>
        GgufNames.ToGguf(tensor.Name) is { Slice: null } place ? importance?.Find(place.Name, checked((int)tensor.Shape[^1])) : null;
}
