using System.Text.Json;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Requests;

/// <summary>The messages of /v1/chat/completions.</summary>
internal sealed class ChatMessages(ServerOptions options)
{
    private const int MostParts = 1024;
    private readonly ToolFormat _tools = ToolFormat.Find(options.ToolFormat);

    /// <summary>Reads them; calls of tools and their results become turns as the tool format writes them.</summary>
    public IReadOnlyList<MessageRequest> Read(Fields request)
    {
        List<MessageRequest> messages = [];
        bool afterResult = false;
        foreach ((JsonElement value, string path) in request.List("messages", options.Limits.Messages))
        {
            Fields fields = request.Below(value, path);
            fields.Text("name");
            string role = fields.OneOf("role", "system", "developer", "user", "assistant", "tool") ?? throw ApiException.Bad($"{fields.PathOf("role")} is missing", fields.PathOf("role"), "missing_field");
            MessageRequest message = role switch
            {
                "tool" => Result(fields, path),
                "assistant" => Assistant(fields, path),
                "user" => new MessageRequest(role, Parts(fields)),
                _ => new MessageRequest("system", [new PartRequest("text", path, TextOnly(Parts(fields), path))]),
            };
            Add(messages, message, joins: message.Role == "system" || (message.Role == "user" && afterResult));
            afterResult = role == "tool" || (afterResult && message.Role == "user");
        }

        return messages.Count > 0 ? messages : throw ApiException.Bad("messages is missing or empty", "messages", "missing_field");
    }

    // Results of tools are a turn of the user's; several, and what the user says next, are one.
    private static void Add(List<MessageRequest> messages, MessageRequest message, bool joins)
    {
        if (joins && messages is [.., { } last] && last.Role == message.Role)
        {
            messages[^1] = last with { Parts = [.. last.Parts, new PartRequest("text", "", "\n\n"), .. message.Parts] };
        }
        else
        {
            messages.Add(message);
        }
    }

    private MessageRequest Result(Fields fields, string path)
    {
        fields.RequireText("tool_call_id"); // results stand in the order of the calls
        return new MessageRequest("user", [new PartRequest("text", path, _tools.Result(TextOnly(Parts(fields), path)))]);
    }

    private MessageRequest Assistant(Fields fields, string path)
    {
        fields.Refuse("audio", "the model speaks no sound");
        fields.Refuse("function_call", "tool_calls took its place");
        fields.Refuse("refusal", "refusals are no part of a conversation here", "\"\"");
        string text = fields.Has("content") ? TextOnly(Parts(fields), path) : "";
        ToolCall[] calls = [.. fields.List("tool_calls", options.Limits.Tools).Select(call => Call(fields.Below(call.Value, call.Path)))];
        string written = calls.Length == 0 ? text : text.Length == 0 ? _tools.Write(calls) : $"{text}\n{_tools.Write(calls)}";
        return new MessageRequest("assistant", [new PartRequest("text", path, written)]);
    }

    private static ToolCall Call(Fields call)
    {
        call.OneOf("type", "function");
        Fields function = call.Child("function") ?? throw ApiException.Bad($"{call.PathOf("function")} is missing", call.PathOf("function"), "missing_field");
        return new ToolCall(call.RequireText("id"), function.RequireText("name"), function.RequireText("arguments"));
    }

    private List<PartRequest> Parts(Fields message)
    {
        JsonElement content = message.Require("content");
        string path = message.PathOf("content");
        if (content.ValueKind == JsonValueKind.String)
        {
            return [new PartRequest("text", path, Fields.TextOf(content, path))];
        }

        return [.. message.List("content", MostParts).Select(part => Part(message.Below(part.Value, part.Path), part.Path))];
    }

    private PartRequest Part(Fields part, string path)
    {
        switch (part.OneOf("type", "text", "image_url", "input_audio", "audio_url"))
        {
            case "text":
                return new PartRequest("text", path, part.RequireText("text"));
            case "input_audio":
                Fields audio = part.Child("input_audio") ?? throw Missing(part, "input_audio");
                audio.Text("format"); // the bytes themselves tell
                return PartFields.FromBase64("audio", path, audio.RequireText("data").AsMemory(), options.Limits);
            case "image_url":
                return Located("image", part, path);
            case "audio_url":
                return Located("audio", part, path);
            default:
                throw Missing(part, "type");
        }
    }

    private PartRequest Located(string kind, Fields part, string path)
    {
        string name = $"{kind}_url";
        JsonElement address = part.Require(name);
        if (address.ValueKind == JsonValueKind.Object)
        {
            Fields inner = part.Below(address, part.PathOf(name));
            inner.OneOf("detail", "auto", "low", "high"); // every picture has the same size for this model
            address = inner.Require("url");
        }

        return PartFields.FromAddress(kind, path, address, options.Limits);
    }

    private static string TextOnly(List<PartRequest> parts, string path) => parts.FirstOrDefault(part => part.Kind != "text") is PartRequest other
        ? throw ApiException.Bad($"{other.Path} is {other.Kind}; only a user's message may hold it", path, "invalid_value")
        : string.Concat(parts.Select(part => part.Text));

    private static ApiException Missing(Fields fields, string name) => ApiException.Bad($"{fields.PathOf(name)} is missing", fields.PathOf(name), "missing_field");
}
