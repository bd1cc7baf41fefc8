using System.Buffers;
using System.Text;
using System.Text.Json;
using GemmaSharp.Model.Config;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Prompting;

/// <summary>Messages to token ids: template, media expanded on the text, the whole tokenised at once (text.md 14.2).</summary>
internal sealed class PromptBuilder(Tokenizer tokenizer, ChatTemplate? template, Gemma3nConfig config)
{
    private readonly HashSet<char> _firstOfSpecial = [.. tokenizer.SpecialTexts.Select(text => text[0])];

    /// <summary>Ids of the prompt; texts of special tokens that a user typed stay text.</summary>
    public int[] Encode(IReadOnlyList<ChatMessage> messages)
    {
        (string text, IReadOnlySet<int> typed) = TypedText.Unmark(Render(messages, addGenerationPrompt: true));
        return tokenizer.Encode(text, typed);
    }

    // The prompt's text with media expanded and typed characters marked.
    private string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ChatTemplate chat = template ?? throw new InvalidDataException("the model has no chat template (chat_template.jinja, or tokenizer.chat_template in a GGUF file)");
        using JsonDocument variables = JsonDocument.Parse(Variables(messages, addGenerationPrompt));
        return Expand(chat.Render(variables.RootElement));
    }

    private string Expand(string text)
    {
        if (config.Audio is not null)
        {
            text = Replace(text, config.AudioTokenId, config.BeginAudioTokenId, config.EndAudioTokenId, config.AudioSoftTokenCount);
        }

        return config.Vision is null
            ? text
            : Replace(text, config.ImageTokenId, config.BeginImageTokenId, config.EndImageTokenId, config.ImageSoftTokenCount);
    }

    private string Replace(string text, int placeholder, int begin, int end, int count)
    {
        string one = Text(placeholder);
        if (one.Length == 0 || int.Max(begin, end) >= tokenizer.VocabularySize)
        {
            return text; // a tokenizer without these tokens writes no placeholders
        }

        StringBuilder full = new("\n\n");
        full.Append(Text(begin)).Insert(full.Length, one, count).Append(Text(end)).Append("\n\n");
        return text.Replace(one, full.ToString(), StringComparison.Ordinal);
    }

    private ReadOnlyMemory<byte> Variables(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ArrayBufferWriter<byte> json = new();
        using Utf8JsonWriter writer = new(json);
        writer.WriteStartObject();
        writer.WriteString("bos_token", Text(config.BosTokenId));
        writer.WriteString("eos_token", Text(config.EosTokenIds[0]));
        writer.WriteBoolean("add_generation_prompt", addGenerationPrompt);
        writer.WriteStartArray("messages");
        foreach (ChatMessage message in messages)
        {
            writer.WriteStartObject();
            writer.WriteString("role", message.Role);
            if (message.Parts.All(part => part.Kind == "text"))
            {
                writer.WriteString("content", string.Concat(message.Parts.Select(part => TypedText.Mark(part.Value, _firstOfSpecial))));
            }
            else
            {
                writer.WriteStartArray("content");
                foreach (ContentPart part in message.Parts)
                {
                    writer.WriteStartObject();
                    writer.WriteString("type", part.Kind);
                    if (part.Kind == "text")
                    {
                        writer.WriteString("text", TypedText.Mark(part.Value, _firstOfSpecial));
                    }

                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return json.WrittenMemory;
    }

    private string Text(int id) => id < tokenizer.VocabularySize ? tokenizer.TokenText(id) : "";
}
