using GemmaSharp.Model.Config;
using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.Templates;
using GemmaSharp.Weights;

namespace GemmaSharp.Loading;

/// <summary>Opens a model folder in Hugging Face's layout.</summary>
internal static class HubFolder
{
    private const string ConfigName = "config.json";

    /// <summary>Whether a folder has this layout; repositories of GGUF files often hold a config.json beside them too.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, ConfigName)) && (Holds(folder, "*.safetensors*") || Holds(folder, "*.uqff") || !Holds(folder, "*.gguf"));

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">Where config and tokenizer are.</param>
    /// <param name="weights">The file of weights, or the folder to take those in it.</param>
    /// <param name="map">Whether weights are read from mappings.</param>
    public static ModelFiles Open(string folder, string weights, bool map)
    {
        string tokenizer = Path.Combine(folder, "tokenizer.json");
        return new ModelFiles
        {
            Config = ConfigJson.Read(Require(folder, ConfigName)),
            ReadTokenizer = Task.Run(() => File.Exists(tokenizer) ? Tokenizer.Load(tokenizer) : null),
            Template = ReadTemplate(folder),
            Generation = GenerationConfig.Read(Path.Combine(folder, "generation_config.json")),
            Processor = ProcessorConfig.ReadFolder(folder),
            Source = WeightFiles.Open(weights, map),
        };
    }

    private static bool Holds(string folder, string pattern) => Directory.EnumerateFiles(folder, pattern).Any();

    private static string Require(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? path : throw new InvalidDataException($"{folder}: holds no {name} and no GGUF file; the folder of a Gemma 3n model is expected");
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
