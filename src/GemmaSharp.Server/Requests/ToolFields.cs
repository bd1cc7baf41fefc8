using System.Text.Json;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Requests;

/// <summary>Tools and the choice among them, as /v1/chat/completions and /v1/responses have them.</summary>
internal static class ToolFields
{
    private const int LongestName = 64;

    /// <summary>The tools of a request; null where none may be called.</summary>
    public static ToolSet? Read(Fields request, ServerOptions options)
    {
        ToolDefinition[] tools = [.. request.List("tools", options.Limits.Tools).Select(one => Definition(request.Below(one.Value, one.Path)))];
        bool parallel = request.Flag("parallel_tool_calls", missing: true);
        (string choice, string? named) = Choice(request);
        return Limited(tools, choice == "none", parallel, options) is ToolSet set ? set with { Required = Required(set, choice == "required", named) }
            : choice == "required" || named is not null ? throw ApiException.Bad("tool_choice asks for a call, and there are no tools", "tool_choice", "invalid_value")
            : null;
    }

    /// <summary>The tools of which one must be called: all, the one named, or null where the model is free.</summary>
    public static IReadOnlyList<ToolDefinition>? Required(ToolSet set, bool any, string? named) => named is null
        ? any ? set.Definitions : null
        : [set.Definitions.FirstOrDefault(tool => tool.Name == named) ?? throw ApiException.Bad($"tool_choice names '{named}', which is none of the tools", "tool_choice", "invalid_value")];

    /// <summary>The tools put together, unless there are none or none may be called.</summary>
    public static ToolSet? Limited(IReadOnlyList<ToolDefinition> tools, bool none, bool parallel, ServerOptions options)
    {
        long bytes = tools.Sum(tool => (long)tool.Name.Length + (tool.Description?.Length ?? 0) + (tool.Parameters?.GetRawText().Length ?? 0));
        if (bytes > options.Limits.ToolBytes)
        {
            throw ApiException.Bad($"tools hold {bytes} characters, at most {options.Limits.ToolBytes} expected", "tools", "too_many");
        }

        if (tools.GroupBy(tool => tool.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw ApiException.Bad($"tools has '{twice.Key}' twice", "tools", "invalid_value");
        }

        return tools.Count == 0 || none ? null : new ToolSet(tools, ToolFormat.Find(options.ToolFormat), parallel);
    }

    /// <summary>A tool's name, description and schema.</summary>
    public static ToolDefinition Function(Fields function, string schema)
    {
        string name = function.RequireText("name");
        bool good = name.Length is > 0 and <= LongestName && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '_' or '-' or '.');
        JsonElement? parameters = function.Find(schema)?.Clone();
        return !good ? throw ApiException.Bad($"{function.PathOf("name")} is no name of 1 to {LongestName} letters, digits, '_', '-' or '.'", function.PathOf("name"), "invalid_value")
            : parameters is { ValueKind: not JsonValueKind.Object } other ? throw Fields.Wrong(function.PathOf(schema), other, "a JSON Schema of an object")
            : new ToolDefinition(name, function.Text("description"), parameters, function.Flag("strict"));
    }

    // Chat has the function one level deeper than responses.
    private static ToolDefinition Definition(Fields tool)
    {
        tool.OneOf("type", "function");
        return Function(tool.Child("function") ?? tool, "parameters");
    }

    private static (string Word, string? Named) Choice(Fields request)
    {
        JsonElement? choice = request.Find("tool_choice");
        string path = request.PathOf("tool_choice");
        return choice switch
        {
            null => ("auto", null),
            { ValueKind: JsonValueKind.String } => (request.OneOf("tool_choice", "none", "auto", "required") ?? "auto", null),
            { ValueKind: JsonValueKind.Object } => ("named", Named(request.Below(choice.Value, path))),
            JsonElement other => throw Fields.Wrong(path, other, "none, auto, required or a tool"),
        };
    }

    // Chat has the name one level deeper than responses.
    private static string Named(Fields choice)
    {
        choice.OneOf("type", "function");
        return (choice.Child("function") ?? choice).RequireText("name");
    }
}
