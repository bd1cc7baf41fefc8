using System.Text.Json;

namespace GemmaSharp.Loading;

/// <summary>Where a model folder keeps its chat template: a file of its own, or a field of tokenizer_config.json.</summary>
/// <param name="Path">The file.</param>
/// <param name="Source">The template's text.</param>
internal sealed record TemplateFile(string Path, string Source)
{
    /// <summary>The folder's template; null when it has none.</summary>
    /// <exception cref="InvalidDataException">tokenizer_config.json is malformed.</exception>
    public static TemplateFile? Find(string folder)
    {
        string own = System.IO.Path.Combine(folder, "chat_template.jinja"), older = System.IO.Path.Combine(folder, "tokenizer_config.json");
        if (File.Exists(own))
        {
            return new TemplateFile(own, File.ReadAllText(own));
        }

        if (!File.Exists(older))
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(older));
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("chat_template", out JsonElement template) && template.ValueKind == JsonValueKind.String
                    ? new TemplateFile(older, template.GetString() ?? "")
                    : null;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{older}: its chat template cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }
}
