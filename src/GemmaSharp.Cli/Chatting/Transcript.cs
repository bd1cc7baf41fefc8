using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GemmaSharp.Cli.Chatting;

/// <summary>A conversation as a file: text to read, or JSON in the form chat templates take where the name ends in .json.</summary>
internal static class Transcript
{
    /// <summary>Writes under a temporary name first, so that a broken run leaves no half file.</summary>
    public static void Save(string path, IReadOnlyList<ChatMessage> messages)
    {
        string temporary = $"{path}.part";
        bool json = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        try
        {
            File.WriteAllText(temporary, json ? AsJson(messages) : AsText(messages));
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    internal static string AsText(IReadOnlyList<ChatMessage> messages)
    {
        StringBuilder text = new();
        foreach (ChatMessage message in messages)
        {
            text.Append(text.Length > 0 ? "\n" : "").Append("## ").Append(message.Role).Append("\n\n");
            foreach (ContentPart part in message.Parts)
            {
                text.Append(part.Kind == "text" ? part.Value : $"[{part.Kind}: {part.Value}]").Append('\n');
            }
        }

        return text.ToString();
    }

    internal static string AsJson(IReadOnlyList<ChatMessage> messages)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("messages");
            foreach (ChatMessage message in messages)
            {
                writer.WriteStartObject();
                writer.WriteString("role", message.Role);
                writer.WriteStartArray("content");
                foreach (ContentPart part in message.Parts)
                {
                    writer.WriteStartObject();
                    writer.WriteString("type", part.Kind);
                    writer.WriteString(part.Kind == "text" ? "text" : "path", part.Value);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.ToArray()) + "\n";
    }
}
