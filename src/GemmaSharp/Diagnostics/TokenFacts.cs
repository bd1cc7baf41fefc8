using System.Text.Json;
using System.Text.Json.Nodes;
using GemmaSharp.Loading;
using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.Templates;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Diagnostics;

/// <summary>What the tokenizer holds and what the chat template takes; one of another kind is named as the problem it is.</summary>
internal static class TokenFacts
{
    private const string Spoken = "spoken";
    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];
    private static readonly string[] MediaKinds = ["image", "audio", "video"];

    public static void AddTo(JsonObject facts, string folder)
    {
        string path = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(path))
        {
            facts["tokenizer"] = Read(path);
        }

        if (TemplateFile.Find(folder) is TemplateFile template)
        {
            facts["chat_template"] = Read(template);
        }
    }

    /// <summary>A tokenizer out of GGUF metadata.</summary>
    public static JsonObject Read(Tokenizer tokenizer, GgufMetadata keys)
    {
        JsonObject facts = Of(tokenizer);
        facts.Remove("merges"); // pieces have scores instead
        facts["model"] = keys.Text("tokenizer.ggml.model");
        facts["add_bos_token"] = GgufTokenizer.AddsBegin(keys);
        return facts;
    }

    private static JsonObject Read(string path)
    {
        try
        {
            return Of(Tokenizer.Load(path));
        }
        catch (InvalidDataException error)
        {
            return new JsonObject { ["problem"] = error.Message };
        }
    }

    private static JsonObject Of(Tokenizer tokenizer)
    {
        string[] special = [.. tokenizer.SpecialTexts];
        return new JsonObject
        {
            ["entries"] = tokenizer.VocabularySize,
            ["merges"] = tokenizer.MergeCount,
            ["special_token_count"] = special.Length,
            ["special_tokens"] = Inspection.List(special, text => text),
        };
    }

    /// <summary>A template, the roles that it lets speak and the media it takes.</summary>
    public static JsonObject Read(TemplateFile file)
    {
        JsonObject facts = new() { ["file"] = Path.GetFileName(file.Path), ["characters"] = file.Source.Length };
        try
        {
            ChatTemplate template = ChatTemplate.Parse(file.Source);
            string plain = Render(template, Conversation("user", media: null)) ?? "";
            facts["roles"] = Inspection.List(
                Roles.Where(role => Render(template, Conversation(role, media: null))?.Contains(Spoken, StringComparison.Ordinal) == true), role => role);
            facts["media"] = Inspection.List(
                MediaKinds.Where(kind => Render(template, Conversation("user", kind)) is string text && text != plain), kind => kind);
        }
        catch (TemplateException error)
        {
            facts["problem"] = error.Message.ReplaceLineEndings(" ");
        }

        return facts;
    }

    // The shortest conversation in which a role may speak.
    private static JsonArray Conversation(string role, string? media)
    {
        JsonArray parts = [new JsonObject { ["type"] = "text", ["text"] = Spoken }];
        if (media is not null)
        {
            parts.Insert(0, new JsonObject { ["type"] = media });
        }

        JsonObject spoken = new() { ["role"] = role, ["content"] = parts }, question = Plain("user"), answer = Plain("assistant");
        return role switch
        {
            "system" => [spoken, question],
            "assistant" => [question, spoken],
            "tool" => [question, answer, spoken],
            _ => [spoken],
        };
    }

    private static JsonObject Plain(string role) => new() { ["role"] = role, ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "" }) };

    // Null where the template refuses the conversation.
    private static string? Render(ChatTemplate template, JsonArray messages)
    {
        JsonObject variables = new() { ["messages"] = messages, ["bos_token"] = "", ["eos_token"] = "", ["add_generation_prompt"] = true };
        try
        {
            using JsonDocument document = JsonDocument.Parse(variables.ToJsonString());
            return template.Render(document.RootElement);
        }
        catch (TemplateException)
        {
            return null;
        }
    }
}
