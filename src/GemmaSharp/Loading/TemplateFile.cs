using System.Text.Json;

namespace GemmaSharp.Loading;

/// <summary>Where a model folder keeps its chat template: a file of its own, or a field of older JSON files.</summary>
/// <param name="Path">The file.</param>
/// <param name="Source">The template's text.</param>
internal sealed record TemplateFile(string Path, string Source)
{
    /// <summary>The folder's template; null when it has none.</summary>
    /// <exception cref="InvalidDataException">A file that may hold it cannot be read.</exception>
    public static TemplateFile? Find(string folder)
    {
        string path = System.IO.Path.Combine(folder, "chat_template.jinja");
        try
        {
            if (File.Exists(path))
            {
                return new TemplateFile(path, File.ReadAllText(path));
            }

            foreach (string name in (ReadOnlySpan<string>)["chat_template.json", "tokenizer_config.json"])
            {
                path = System.IO.Path.Combine(folder, name);
                if (File.Exists(path) && TemplateOf(File.ReadAllBytes(path)) is string source)
                {
                    return new TemplateFile(path, source);
                }
            }

            return null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: its chat template cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    // A text, or several with names, of which "default" counts.
    private static string? TemplateOf(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("chat_template", out JsonElement template))
        {
            return null;
        }

        if (template.ValueKind == JsonValueKind.Array)
        {
            template = template.EnumerateArray()
                .FirstOrDefault(one => one.ValueKind == JsonValueKind.Object && one.TryGetProperty("name", out JsonElement name) && name.ValueEquals("default"));
            return template.ValueKind == JsonValueKind.Object && template.TryGetProperty("template", out JsonElement text) ? text.GetString() : null;
        }

        return template.ValueKind == JsonValueKind.String ? template.GetString() : null;
    }
}
