using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using GemmaSharp.Loading;

namespace GemmaSharp.Conversion;

/// <summary>The files beside the weights of a UQFF folder (formats.md 13.1), made from those of a Hugging Face folder.</summary>
internal static class UqffSideFiles
{
    private const string Config = "config.json";
    private const string Tokenizer = "tokenizer.json";
    private const string TokenizerConfig = "tokenizer_config.json";
    private const string Template = "chat_template.jinja";
    private static readonly string[] Copied = ["generation_config.json", "processor_config.json", "preprocessor_config.json", "modules.json"];

    /// <summary>Names and bytes.</summary>
    /// <param name="folder">The model's.</param>
    /// <param name="edit">Changes the config; null leaves it.</param>
    /// <exception cref="InvalidDataException">A file cannot be read, or the tokenizer is missing.</exception>
    public static IReadOnlyDictionary<string, byte[]> Read(string folder, Action<JsonObject>? edit = null)
    {
        if (!File.Exists(Path.Combine(folder, Tokenizer)))
        {
            throw new InvalidDataException($"{folder}: holds no {Tokenizer}, which a UQFF model needs");
        }

        Dictionary<string, byte[]> files = [];
        foreach (string name in Copied.Append(Tokenizer).Where(name => File.Exists(Path.Combine(folder, name))))
        {
            files.Add(name, ReadBytes(Path.Combine(folder, name)));
        }

        JsonObject config = ReadObject(Path.Combine(folder, Config));
        RemoveQuantization(config);
        edit?.Invoke(config);
        files.Add(Config, JsonBytes(config));
        string tokenizer = Path.Combine(folder, TokenizerConfig);
        JsonObject settings = File.Exists(tokenizer) ? ReadObject(tokenizer) : [];
        if (TemplateFile.Find(folder) is TemplateFile template)
        {
            settings["chat_template"] = template.Source;
            files.Add(Template, Encoding.UTF8.GetBytes(template.Source));
        }

        files.Add(TokenizerConfig, JsonBytes(settings));
        return files;
    }

    /// <summary>JSON as the hub's libraries write it: indented, with few escapes.</summary>
    internal static byte[] JsonBytes(JsonNode node)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            node.WriteTo(writer);
        }

        return bytes.ToArray();
    }

    // It would say how the source was quantised, at any depth.
    private static void RemoveQuantization(JsonNode? node)
    {
        if (node is JsonObject fields)
        {
            fields.Remove("quantization_config");
        }

        foreach (JsonNode? child in node switch { JsonObject parent => parent.Select(pair => pair.Value), JsonArray list => list, _ => [] })
        {
            RemoveQuantization(child);
        }
    }

    internal static JsonObject ReadObject(string path)
    {
        try
        {
            return JsonNode.Parse(ReadBytes(path)) as JsonObject ?? throw new InvalidDataException($"{path}: no JSON object");
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    internal static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }
}
