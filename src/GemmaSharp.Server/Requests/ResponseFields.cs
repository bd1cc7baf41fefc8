using System.Text.Json;
using GemmaSharp.Server.Endpoints;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Requests;

/// <summary>The body of /v1/responses.</summary>
internal sealed class ResponseFields(ServerParts server)
{
    private const int MostParts = 1024;
    private static readonly JsonElement Auto = JsonElement.Parse("\"auto\"");
    private readonly ToolFormat _tools = ToolFormat.Find(server.Options.ToolFormat);

    /// <summary>Reads it; docs/api.md lists the fields.</summary>
    /// <exception cref="ApiException">A field is wrong, unknown or not supported.</exception>
    public ResponseRequest Read(Fields fields)
    {
        Models.Check(fields, server);
        ChatFields.Labels(fields);
        Unsupported(fields);
        Fields? text = fields.Child("text");
        text?.Refuse("verbosity", "the model has no such setting", "\"medium\"");
        ToolSet? tools = ToolFields.Read(fields, server.Options);
        fields.Child("stream_options")?.Flag("include_obfuscation");
        AnswerRequest answer = new()
        {
            Options = SamplingFields.Read(fields, server.Model.VocabularySize) with
            {
                MaxTokens = SamplingFields.MostTokens(fields, server.Options.Limits, "max_output_tokens"),
                Grammar = server.Constraints.ReadFormat(text, "format", tools),
                Slice = SliceField.Read(fields),
            },
            Tools = tools,
            Stream = fields.Flag("stream"),
        };
        return new ResponseRequest(Input(fields), answer)
        {
            Instructions = fields.Text("instructions"),
            Previous = fields.Text("previous_response_id"),
            Store = fields.Flag("store", missing: true),
            Parallel = fields.Flag("parallel_tool_calls", missing: true),
            ToolChoice = fields.Find("tool_choice")?.Clone() ?? Auto,
            Tools = [.. fields.List("tools", server.Options.Limits.Tools).Select(tool => tool.Value.Clone())],
            Metadata = fields.Find("metadata")?.Clone(),
        };
    }

    private static void Unsupported(Fields fields)
    {
        fields.Refuse("background", "answers are given at once", "false");
        fields.Refuse("include", "nothing more can be included", "[]");
        fields.Refuse("reasoning", "the model does not reason apart from its answer");
        fields.Refuse("truncation", "a conversation that is too long is an error", "\"disabled\"");
        fields.Refuse("service_tier", "there is one tier", "\"auto\"", "\"default\"");
        fields.Refuse("conversation", "previous_response_id continues a conversation");
        fields.Refuse("prompt", "no prompts are kept here");
        fields.Refuse("max_tool_calls", "tools are called by the client");
        fields.Refuse("top_logprobs", "probabilities are told by /v1/chat/completions", "0");
    }

    private List<MessageRequest> Input(Fields fields)
    {
        JsonElement input = fields.Require("input");
        if (input.ValueKind == JsonValueKind.String)
        {
            return [new MessageRequest("user", [new PartRequest("text", "input", Fields.TextOf(input, "input"))])];
        }

        List<MessageRequest> messages = [];
        foreach ((JsonElement value, string path) in fields.List("input", server.Options.Limits.Messages))
        {
            MessageRequest message = Item(fields.Below(value, path), path);
            if (messages is [.., { } last] && last.Role == message.Role)
            {
                messages[^1] = last with { Parts = [.. last.Parts, new PartRequest("text", path, "\n\n"), .. message.Parts] };
            }
            else
            {
                messages.Add(message);
            }
        }

        return messages;
    }

    private MessageRequest Item(Fields item, string path)
    {
        item.Text("id");
        item.Text("status");
        switch (item.OneOf("type", "message", "function_call", "function_call_output"))
        {
            case "function_call":
                ToolCall call = new(item.RequireText("call_id"), item.RequireText("name"), item.RequireText("arguments"));
                return new MessageRequest("assistant", [new PartRequest("text", path, _tools.Write([call]))]);
            case "function_call_output":
                item.RequireText("call_id");
                return new MessageRequest("user", [new PartRequest("text", path, _tools.Result(item.RequireText("output")))]);
            default:
                string role = item.OneOf("role", "user", "assistant", "system", "developer") ?? throw ApiException.Bad($"{path}.role is missing", $"{path}.role", "missing_field");
                return new MessageRequest(role == "developer" ? "system" : role, Parts(item, role == "user"));
        }
    }

    private PartRequest[] Parts(Fields message, bool takesMedia)
    {
        JsonElement content = message.Require("content");
        string path = message.PathOf("content");
        if (content.ValueKind == JsonValueKind.String)
        {
            return [new PartRequest("text", path, Fields.TextOf(content, path))];
        }

        string[] kinds = takesMedia ? ["input_text", "output_text", "input_image", "input_audio"] : ["input_text", "output_text"];
        return [.. message.List("content", MostParts).Select(part => Part(message.Below(part.Value, part.Path), part.Path, kinds))];
    }

    private PartRequest Part(Fields part, string path, string[] kinds)
    {
        switch (part.OneOf("type", kinds))
        {
            case "input_image":
                part.OneOf("detail", "auto", "low", "high");
                return PartFields.FromAddress("image", path, part.Require("image_url"), server.Options.Limits);
            case "input_audio":
                Fields audio = part.Child("input_audio") ?? part;
                audio.Text("format");
                return PartFields.FromBase64("audio", path, audio.RequireText("data").AsMemory(), server.Options.Limits);
            case null:
                throw ApiException.Bad($"{path}.type is missing", $"{path}.type", "missing_field");
            default:
                part.Find("annotations");
                part.Find("logprobs");
                return new PartRequest("text", path, part.RequireText("text"));
        }
    }
}
