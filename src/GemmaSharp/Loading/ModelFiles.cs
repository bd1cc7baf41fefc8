using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Tokenization;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Loading;

/// <summary>The files of a model, opened and checked, whatever format they have.</summary>
internal sealed class ModelFiles : IDisposable
{
    public required Gemma3nConfig Config { get; init; }

    /// <summary>Only work on token ids can do without it.</summary>
    public Tokenizer Tokenizer => OwnTokenizer ?? throw new InvalidDataException($"{Source.Path}: has no tokenizer.json beside it; without it only token ids can be worked on");

    /// <summary>The tokenizer, or null when the model came without one; waits until it is read, and throws what went wrong with it.</summary>
    public Tokenizer? OwnTokenizer => ReadTokenizer.GetAwaiter().GetResult();

    /// <summary>Reads the tokenizer, which takes a thread as long as the others need for some of the weights.</summary>
    public required Task<Tokenizer?> ReadTokenizer { private get; init; }

    public required ChatTemplate? Template { get; init; }

    /// <summary>Whether a prompt begins with the begin token even where the template does not write it.</summary>
    public bool AddsBegin { get; init; }

    public required GenerationConfig Generation { get; init; }

    public required ProcessorConfig Processor { get; init; }

    public required IWeightSource Source { get; init; }

    /// <summary>The last part of a path, by which people know a model.</summary>
    public static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>Opens a folder in Hugging Face's layout, a GGUF or UQFF file, or a folder that holds one.</summary>
    /// <param name="path">Folder or file.</param>
    /// <param name="projector">The image and audio towers of a GGUF model; null to take those beside it.</param>
    /// <param name="map">Whether weights are read from mappings.</param>
    /// <param name="inPlace">Whether weights may be multiplied in place, from mappings.</param>
    public static ModelFiles Open(string path, string? projector, bool map = false, bool inPlace = false)
    {
        ModelPlace place = Find(path);
        if (projector is not null && place.Format != WeightFormat.Gguf)
        {
            throw new InvalidDataException($"{projector}: a projector belongs to a GGUF model, {path} holds its own towers");
        }

        return place.Format switch
        {
            WeightFormat.Gguf => GgufModel.Open(place.Path, projector, map, inPlace),
            WeightFormat.Uqff => HubFolder.Open(UqffFile.FolderOf(place.Path), place.Path, map),
            _ => HubFolder.Open(place.Path, place.Path, map),
        };
    }

    /// <summary>The same model, of which only a slice is seen.</summary>
    public ModelFiles Sliced(SlicePlan slice) => new()
    {
        Config = Config with { Text = slice.Config },
        ReadTokenizer = ReadTokenizer,
        Template = Template,
        AddsBegin = AddsBegin,
        Generation = Generation,
        Processor = Processor,
        Source = new SlicedWeights(Source, slice),
    };

    public void Dispose() => Source.Dispose();

    /// <summary>Where a model is and what format it has.</summary>
    public static ModelPlace Find(string path)
    {
        if (Directory.Exists(path))
        {
            return !HubFolder.IsOne(path) && GgufFolder.FindModel(path) is string model ? new(model, WeightFormat.Gguf) : new(path, WeightFormat.Safetensors);
        }

        if (!File.Exists(path))
        {
            throw new InvalidDataException($"{path}: no such file or folder; a GGUF or UQFF file or the folder of a Gemma 3n model is expected");
        }

        WeightFormat format = WeightFiles.FormatOf(path);
        return format is WeightFormat.Gguf or WeightFormat.Uqff
            ? new(path, format)
            : throw new InvalidDataException($"{path}: neither a GGUF nor a UQFF file; for other formats name the model's folder");
    }
}

/// <summary>A model found.</summary>
internal readonly record struct ModelPlace(string Path, WeightFormat Format);
