using System.Buffers;
using System.Text;
using System.Text.Json;
using GemmaSharp.Model.Config;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Prompting;

/// <summary>Messages to token ids: template, media expanded on the text, the whole tokenised at once (text.md 14.2).</summary>
internal sealed class PromptBuilder(Tokenizer tokenizer, ChatTemplate? template, Gemma3nConfig config)
{
    // Stands inside special texts that a user typed, so that they stay text; removed by nobody, invisible when printed.
    private const string Breaker = "\u2060";

    /// <summary>The prompt's text with media expanded.</summary>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ChatTemplate chat = template ?? throw new InvalidDataException("the model's folder holds no chat template (chat_template.jinja)");
        using JsonDocument variables = JsonDocument.Parse(Variables(messages, addGenerationPrompt));
        return Expand(chat.Render(variables.RootElement));
    }

    /// <summary>Ids of the prompt.</summary>
    public int[] Encode(IReadOnlyList<ChatMessage> messages) => tokenizer.Encode(Render(messages, addGenerationPrompt: true));

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
        string one = tokenizer.TokenText(placeholder);
        StringBuilder full = new("\n\n");
        full.Append(tokenizer.TokenText(begin)).Insert(full.Length, one, count).Append(tokenizer.TokenText(end)).Append("\n\n");
        return text.Replace(one, full.ToString(), StringComparison.Ordinal);
    }

    private ReadOnlyMemory<byte> Variables(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ArrayBufferWriter<byte> json = new();
        using Utf8JsonWriter writer = new(json);
        writer.WriteStartObject();
        writer.WriteString("bos_token", "<bos>");
        writer.WriteString("eos_token", "<eos>");
        writer.WriteBoolean("add_generation_prompt", addGenerationPrompt);
        writer.WriteStartArray("messages");
        foreach (ChatMessage message in messages)
        {
            writer.WriteStartObject();
            writer.WriteString("role", message.Role);
            if (message.Parts.All(part => part.Kind == "text"))
            {
                writer.WriteString("content", string.Concat(message.Parts.Select(part => Neutral(part.Value))));
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
                        writer.WriteString("text", Neutral(part.Value));
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

    private string Neutral(string text)
    {
        foreach (string special in tokenizer.SpecialTexts)
        {
            text = text.Replace(special, special.Insert(1, Breaker), StringComparison.Ordinal);
        }

        return text;
    }
}
