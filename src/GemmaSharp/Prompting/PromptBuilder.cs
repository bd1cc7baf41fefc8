using System.Buffers;
using System.Text;
using System.Text.Json;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.Templates;

namespace GemmaSharp.Prompting;

/// <summary>Messages to token ids: template, media expanded on the text, the whole tokenised at once (text.md 14.2).</summary>
internal sealed class PromptBuilder
{
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate? _template;
    private readonly Gemma3nConfig _config;
    private readonly bool _addsBegin;
    private readonly HashSet<char> _firstOfSpecial;

    /// <summary>Prompts of a model.</summary>
    /// <exception cref="InvalidDataException">It came without a tokenizer.</exception>
    public PromptBuilder(ModelFiles files)
    {
        _tokenizer = files.Tokenizer;
        _template = files.Template;
        _config = files.Config;
        _addsBegin = files.AddsBegin;
        _firstOfSpecial = [.. _tokenizer.SpecialTexts.Select(text => text[0])];
    }

    /// <summary>Ids of the prompt; texts of special tokens that a user typed stay text.</summary>
    public int[] Encode(IReadOnlyList<ChatMessage> messages)
    {
        (string text, IReadOnlySet<int> typed) = TypedText.Unmark(Render(messages, addGenerationPrompt: true));
        int[] ids = _tokenizer.Encode(text, typed);

        // Templates of this model write the token themselves; another's prompt must not begin with two.
        return _addsBegin && (ids.Length == 0 || ids[0] != _config.BosTokenId) ? [_config.BosTokenId, .. ids] : ids;
    }

    /// <summary>Ids of a text without the template, behind the begin token; special tokens in it stay text.</summary>
    public int[] EncodeText(string text) => [_config.BosTokenId, .. _tokenizer.Encode(text, special: false)];

    /// <summary>The text of the prompt, as a reader sees it.</summary>
    public string Show(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt) => TypedText.Unmark(Render(messages, addGenerationPrompt)).Text;

    // The prompt's text with media expanded and typed characters marked.
    private string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ChatTemplate chat = _template ?? throw new InvalidDataException("the model has no chat template (chat_template.jinja, or tokenizer.chat_template in a GGUF file)");
        using JsonDocument variables = JsonDocument.Parse(Variables(messages, addGenerationPrompt));
        try
        {
            return Expand(chat.Render(variables.RootElement));
        }
        catch (TemplateException error)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }

    private string Expand(string text)
    {
        if (_config.Audio is not null)
        {
            text = Replace(text, _config.AudioTokenId, _config.BeginAudioTokenId, _config.EndAudioTokenId, _config.AudioSoftTokenCount);
        }

        return _config.Vision is null
            ? text
            : Replace(text, _config.ImageTokenId, _config.BeginImageTokenId, _config.EndImageTokenId, _config.ImageSoftTokenCount);
    }

    private string Replace(string text, int placeholder, int begin, int end, int count)
    {
        string one = Text(placeholder);
        if (one.Length == 0 || int.Max(begin, end) >= _tokenizer.VocabularySize)
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
        writer.WriteString("bos_token", Text(_config.BosTokenId));
        writer.WriteString("eos_token", Text(_config.EosTokenIds[0]));
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

    private string Text(int id) => id < _tokenizer.VocabularySize ? _tokenizer.TokenText(id) : "";
}
