using System.Text.Json;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Requests;

/// <summary>Messages in Anthropic's form; turns of the same role that follow each other are one.</summary>
internal sealed class AnthropicMessages(ServerOptions options)
{
    private const int MostBlocks = 1024;
    private readonly ToolFormat _tools = ToolFormat.Find(options.ToolFormat);

    public IReadOnlyList<MessageRequest> Read(Fields request)
    {
        List<MessageRequest> messages = [];
        if (request.Has("system"))
        {
            messages.Add(new MessageRequest("system", Blocks(request, "system", ["text"])));
        }

        foreach ((JsonElement value, string path) in request.List("messages", options.Limits.Messages))
        {
            Fields message = request.Below(value, path);
            string role = message.OneOf("role", "user", "assistant") ?? throw ApiException.Bad($"{path}.role is missing", $"{path}.role", "missing_field");
            message.Require("content");
            IReadOnlyList<PartRequest> parts = Blocks(message, "content", role == "user" ? ["text", "image", "audio", "tool_result"] : ["text", "tool_use"]);
            if (messages is [.., { } last] && last.Role == role)
            {
                messages[^1] = last with { Parts = [.. last.Parts, new PartRequest("text", path, "\n\n"), .. parts] };
            }
            else
            {
                messages.Add(new MessageRequest(role, parts));
            }
        }

        return messages;
    }

    private PartRequest[] Blocks(Fields parent, string name, string[] kinds)
    {
        if (parent.Find(name) is { ValueKind: JsonValueKind.String } text)
        {
            return [new PartRequest("text", parent.PathOf(name), Fields.TextOf(text, parent.PathOf(name)))];
        }

        return [.. parent.List(name, MostBlocks).Select(block => Block(parent.Below(block.Value, block.Path), block.Path, kinds))];
    }

    private PartRequest Block(Fields block, string path, string[] kinds)
    {
        block.Find("cache_control"); // every prompt is kept as it is
        return block.OneOf("type", kinds) switch
        {
            "text" => new PartRequest("text", path, block.RequireText("text")),
            "image" => Source("image", block, path),
            "audio" => Source("audio", block, path),
            "tool_use" => new PartRequest("text", path, _tools.Write([new ToolCall(block.RequireText("id"), block.RequireText("name"), block.Require("input").GetRawText())])),
            "tool_result" => new PartRequest("text", path, Result(block)),
            _ => throw ApiException.Bad($"{path}.type is missing", $"{path}.type", "missing_field"),
        };
    }

    private string Result(Fields block)
    {
        block.RequireText("tool_use_id");
        string text = string.Concat(Blocks(block, "content", ["text"]).Select(part => part.Text));
        return _tools.Result(block.Flag("is_error") ? $"error: {text}" : text);
    }

    private PartRequest Source(string kind, Fields block, string path)
    {
        Fields source = block.Child("source") ?? throw ApiException.Bad($"{path}.source is missing", $"{path}.source", "missing_field");
        source.Text("media_type"); // the bytes themselves tell
        return source.OneOf("type", "base64", "url") switch
        {
            "base64" => PartFields.FromBase64(kind, path, source.RequireText("data").AsMemory(), options.Limits),
            _ => PartFields.FromAddress(kind, path, source.Require("url"), options.Limits),
        };
    }
}
