using GemmaSharp.Model.Config;
using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.Templates;
using GemmaSharp.Weights;

namespace GemmaSharp.Loading;

/// <summary>The files of a model folder, opened and checked.</summary>
internal sealed class ModelFiles : IDisposable
{
    private readonly string _folder;
    private readonly Tokenizer? _tokenizer;

    private ModelFiles(string folder)
    {
        _folder = folder;
        Config = ConfigJson.Read(Require(folder, "config.json"));
        string tokenizer = Path.Combine(folder, "tokenizer.json");
        _tokenizer = File.Exists(tokenizer) ? Tokenizer.Load(tokenizer) : null;
        Template = ReadTemplate(folder);
        Generation = GenerationConfig.Read(Path.Combine(folder, "generation_config.json"));
        Processor = ProcessorConfig.ReadFolder(folder);
        Source = WeightFiles.Open(folder);
    }

    public Gemma3nConfig Config { get; }

    /// <summary>Only work on token ids can do without it.</summary>
    public Tokenizer Tokenizer => _tokenizer ?? throw new InvalidDataException($"{_folder}: holds no tokenizer.json; without it only token ids can be worked on");

    public ChatTemplate? Template { get; }

    public GenerationConfig Generation { get; }

    public ProcessorConfig Processor { get; }

    public IWeightSource Source { get; }

    public static ModelFiles Open(string path) => Directory.Exists(path)
        ? new ModelFiles(path)
        : throw new InvalidDataException($"{path}: no such folder; the folder of a Gemma 3n model in Hugging Face's layout is expected");

    public void Dispose() => Source.Dispose();

    private static string Require(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? path : throw new InvalidDataException($"{folder}: holds no {name}; the folder of a Gemma 3n model is expected");
    }

    private static ChatTemplate? ReadTemplate(string folder)
    {
        TemplateFile? file = TemplateFile.Find(folder);
        try
        {
            return file is null ? null : ChatTemplate.Parse(file.Source);
        }
        catch (TemplateException error)
        {
            throw new InvalidDataException($"{file?.Path}: its chat template cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }
}
