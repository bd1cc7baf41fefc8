using GemmaSharp.Server.Endpoints;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Requests;

/// <summary>The body of /v1/messages and of its count of tokens.</summary>
internal static class AnthropicFields
{
    /// <summary>Reads it; docs/api.md lists the fields.</summary>
    /// <param name="fields">The body.</param>
    /// <param name="server">Options and model.</param>
    /// <param name="counts">Whether only tokens are counted, so that max_tokens may be missing.</param>
    /// <exception cref="ApiException">A field is wrong, unknown or not supported.</exception>
    public static AnswerRequest Read(Fields fields, ServerParts server, bool counts)
    {
        Models.Check(fields, server);
        fields.Child("metadata")?.Text("user_id");
        fields.Refuse("service_tier", "there is one tier", "\"auto\"", "\"standard_only\"");
        fields.Refuse("container", "no code is run");
        fields.Refuse("mcp_servers", "no other servers are asked", "[]");
        if (fields.Child("thinking") is Fields thinking)
        {
            thinking.Refuse("type", "the model does not think apart from its answer", "\"disabled\"");
        }

        if (!counts)
        {
            fields.Require("max_tokens");
        }

        AnthropicMessages messages = new(server.Options);
        ToolSet? tools = Tools(fields, server.Options);
        return new AnswerRequest
        {
            Options = new GenerationOptions
            {
                MaxTokens = SamplingFields.MostTokens(fields, server.Options.Limits, "max_tokens"),
                Temperature = fields.Number("temperature", 0, 100),
                TopP = fields.Number("top_p", 0, 1),
                TopK = (int?)fields.Whole("top_k", 0, int.MaxValue),
                Stop = SamplingFields.Stops(fields, "stop_sequences"),
                Grammar = server.Constraints.ReadFormat(null, "", tools),
                Slice = SliceField.Read(fields),
            },
            Stream = fields.Flag("stream"),
            Tools = tools,
            Messages = messages.Read(fields),
        };
    }

    private static ToolSet? Tools(Fields fields, ServerOptions options)
    {
        ToolDefinition[] tools =
        [
            .. fields.List("tools", options.Limits.Tools).Select(one =>
            {
                Fields tool = fields.Below(one.Value, one.Path);
                tool.OneOf("type", "custom");
                tool.Find("cache_control");
                return ToolFields.Function(tool, "input_schema");
            }),
        ];
        Fields? choice = fields.Child("tool_choice");
        string type = choice?.OneOf("type", "auto", "none", "any", "tool") ?? "auto";
        bool parallel = !(choice?.Flag("disable_parallel_tool_use") ?? false);
        string? named = choice?.Text("name");
        return ToolFields.Limited(tools, type == "none", parallel, options) is ToolSet set
            ? set with { Required = ToolFields.Required(set, type == "any", type == "tool" ? named ?? "" : null) }
            : type is "any" or "tool" ? throw ApiException.Bad("tool_choice asks for a call, and there are no tools", "tool_choice", "invalid_value")
            : null;
    }
}
