using System.Globalization;
using System.Text;
using System.Text.Json;
using GemmaSharp.Weights;

namespace GemmaSharp.Diagnostics;

/// <summary>What a checkpoint holds, as text or JSON; of any safetensors file, Gemma or not.</summary>
internal static class Inspection
{
    public static string AsText(string path)
    {
        using IWeightSource source = WeightFiles.Open(path);
        StringBuilder text = new();
        text.AppendLine(source.Path);
        foreach ((string name, string facts) in Facts(path))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name}: {facts}");
        }

        foreach (WeightEntry entry in source.Entries.OrderBy(one => one.Name, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{entry.Name}  {entry.TypeName}  {entry.ShapeText}  {entry.ByteCount}");
        }

        text.Append(CultureInfo.InvariantCulture, $"{source.Entries.Count} tensors, {source.Entries.Sum(one => one.ByteCount)} bytes");
        return text.ToString();
    }

    public static string AsJson(string path)
    {
        using IWeightSource source = WeightFiles.Open(path);
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("path", source.Path);
            foreach ((string name, string facts) in Facts(path))
            {
                writer.WriteString(name, facts);
            }

            writer.WriteStartObject("metadata");
            foreach ((string key, string value) in source.Metadata)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
            writer.WriteStartArray("tensors");
            foreach (WeightEntry entry in source.Entries)
            {
                writer.WriteStartObject();
                writer.WriteString("name", entry.Name);
                writer.WriteString("type", entry.TypeName);
                writer.WriteStartArray("shape");
                foreach (long size in entry.Shape)
                {
                    writer.WriteNumberValue(size);
                }

                writer.WriteEndArray();
                writer.WriteNumber("bytes", entry.ByteCount);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.ToArray());
    }

    private static IEnumerable<(string Name, string Facts)> Facts(string folder)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (string name in (string[])["config.json", "generation_config.json", "processor_config.json", "preprocessor_config.json", "tokenizer.json", "chat_template.jinja", "slices.csv"])
        {
            string file = Path.Combine(folder, name);
            if (File.Exists(file))
            {
                yield return (name, Describe(name, file));
            }
        }
    }

    private static string Describe(string name, string file)
    {
        if (name == "tokenizer.json")
        {
            Tokenization.Tokenizer tokenizer = Tokenization.Tokenizer.Load(file);
            return string.Create(CultureInfo.InvariantCulture, $"{tokenizer.VocabularySize} tokens, special: {string.Join(" ", tokenizer.SpecialTexts.Take(12))}");
        }

        return name == "config.json"
            ? JsonDocument.Parse(File.ReadAllText(file)).RootElement.TryGetProperty("model_type", out JsonElement type) ? $"model_type {type}" : "no model_type"
            : string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(file).Length} bytes");
    }
}
