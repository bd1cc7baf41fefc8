using System.Text.Encodings.Web;
using System.Text.Json;

namespace GemmaSharp.Tokenization;

/// <summary>Writes a vocabulary as the tokenizer.json that gives the same ids.</summary>
internal static class TokenizerJson
{
    /// <summary>The file's bytes.</summary>
    public static byte[] Write(Vocabulary vocabulary)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("version", "1.0");
            writer.WriteNull("truncation");
            writer.WriteNull("padding");
            WriteAdded(writer, vocabulary);
            WriteReplace(writer, "normalizer", " ", vocabulary.SpaceMark);
            writer.WriteNull("pre_tokenizer");
            writer.WriteNull("post_processor");
            WriteDecoder(writer, vocabulary);
            WriteModel(writer, vocabulary);
            writer.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static void WriteAdded(Utf8JsonWriter writer, Vocabulary vocabulary)
    {
        writer.WriteStartArray("added_tokens");
        foreach (AddedToken token in vocabulary.Added.OrderBy(token => token.Id))
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", token.Id);
            writer.WriteString("content", token.Text);
            foreach (string field in (ReadOnlySpan<string>)["single_word", "lstrip", "rstrip", "normalized"])
            {
                writer.WriteBoolean(field, false);
            }

            writer.WriteBoolean("special", token.Special);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteReplace(Utf8JsonWriter writer, string? name, string from, string into)
    {
        if (name is null)
        {
            writer.WriteStartObject();
        }
        else
        {
            writer.WriteStartObject(name);
        }

        writer.WriteString("type", "Replace");
        writer.WriteStartObject("pattern");
        writer.WriteString("String", from);
        writer.WriteEndObject();
        writer.WriteString("content", into);
        writer.WriteEndObject();
    }

    private static void WriteDecoder(Utf8JsonWriter writer, Vocabulary vocabulary)
    {
        writer.WriteStartObject("decoder");
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray("decoders");
        WriteReplace(writer, name: null, vocabulary.SpaceMark, " ");
        foreach (string type in (ReadOnlySpan<string>)["ByteFallback", "Fuse"])
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter writer, Vocabulary vocabulary)
    {
        writer.WriteStartObject("model");
        writer.WriteString("type", "BPE");
        if (vocabulary.UnknownId >= 0)
        {
            writer.WriteString("unk_token", vocabulary.Pieces[vocabulary.UnknownId]);
        }

        writer.WriteBoolean("fuse_unk", true);
        writer.WriteBoolean("byte_fallback", true);
        writer.WriteBoolean("ignore_merges", false);
        writer.WriteStartObject("vocab");
        for (int id = 0; id < vocabulary.Pieces.Count; id++)
        {
            // Of equal texts only the first has an id; unused places have none.
            if (vocabulary.Find(vocabulary.Pieces[id]) == id)
            {
                writer.WriteNumber(vocabulary.Pieces[id], id);
            }
        }

        writer.WriteEndObject();
        writer.WriteStartArray("merges");
        foreach ((int left, int right) in vocabulary.Merges())
        {
            writer.WriteStartArray();
            writer.WriteStringValue(vocabulary.Pieces[left]);
            writer.WriteStringValue(vocabulary.Pieces[right]);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
