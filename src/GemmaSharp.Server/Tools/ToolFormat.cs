using System.Text;
using System.Text.Json;

namespace GemmaSharp.Server.Tools;

/// <summary>
/// How a model without a tool format of its own is told of tools, and how it writes calls: "json" is the form that Gemma's makers describe, an
/// answer that is one JSON object or a list of them; "hermes" puts each call between tags. docs/api.md shows both.
/// </summary>
internal sealed class ToolFormat
{
    private readonly string _rule;
    private readonly (string Open, string Close) _result;

    private ToolFormat(string? tag, string arguments, string rule, (string Open, string Close) result) =>
        (Tags, Arguments, _rule, _result) = (tag is null ? null : ($"<{tag}>", $"</{tag}>"), arguments, rule, result);

    /// <summary>The member of a call that holds its arguments.</summary>
    public string Arguments { get; }

    /// <summary>What stands around each call; null where an answer is one JSON value.</summary>
    public (string Open, string Close)? Tags { get; }

    /// <summary>The names of the formats.</summary>
    public static IReadOnlyList<string> Names { get; } = ["json", "hermes"];

    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static ToolFormat Find(string name) => name switch
    {
        "json" => new ToolFormat(
            null,
            "parameters",
            """
            You have access to functions. If you decide to invoke any of the functions, you MUST put it in the format of
            {"name": function name, "parameters": dictionary of argument name and its value}
            For several calls, put these objects in one JSON list. You SHOULD NOT include any other text in the response if you call a function.
            """,
            ("```tool_output\n", "\n```")),
        "hermes" => new ToolFormat(
            "tool_call",
            "arguments",
            """
            You have access to functions. For each function that you call, write one JSON object between tags:
            <tool_call>
            {"name": function name, "arguments": dictionary of argument name and its value}
            </tool_call>
            """,
            ("<tool_response>\n", "\n</tool_response>")),
        _ => throw new ArgumentException($"tool format '{name}' found, one of {string.Join(", ", Names)} expected"),
    };

    /// <summary>What stands at the beginning of the conversation.</summary>
    public string Instructions(IReadOnlyList<ToolDefinition> tools)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartArray();
            foreach (ToolDefinition tool in tools)
            {
                writer.WriteStartObject();
                writer.WriteString("name", tool.Name);
                if (tool.Description is not null)
                {
                    writer.WriteString("description", tool.Description);
                }

                if (tool.Parameters is JsonElement parameters)
                {
                    writer.WritePropertyName("parameters");
                    parameters.WriteTo(writer);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return $"{_rule.ReplaceLineEndings("\n")}\n\nFunctions:\n{Encoding.UTF8.GetString(json.ToArray())}";
    }

    /// <summary>Calls as the model would have written them.</summary>
    public string Write(IReadOnlyList<ToolCall> calls)
    {
        IEnumerable<string> written = calls.Select(call => $$"""{"name": "{{JsonEncodedText.Encode(call.Name)}}", "{{Arguments}}": {{call.Arguments}}}""");
        return Tags is (string open, string close) ? string.Join('\n', written.Select(one => $"{open}\n{one}\n{close}"))
            : calls.Count == 1 ? written.First() : $"[{string.Join(", ", written)}]";
    }

    /// <summary>A tool's result as the model reads it.</summary>
    public string Result(string text) => $"{_result.Open}{text}{_result.Close}";

    /// <summary>How many characters of an answer that is still being written are certainly no part of a call.</summary>
    public int Certain(string answer)
    {
        if (Tags is not (string open, _))
        {
            return answer.AsSpan().TrimStart() is ['{' or '[' or '`', ..] or [] ? 0 : answer.Length;
        }

        int at = answer.IndexOf(open, StringComparison.Ordinal);
        int end = int.Min(open.Length - 1, answer.Length);
        while (at < 0 && end > 0 && !answer.EndsWith(open[..end], StringComparison.Ordinal))
        {
            end--;
        }

        return at >= 0 ? at : answer.Length - end;
    }

    /// <summary>An answer's text and what follows it as calls; no list where that is not JSON as it was asked for.</summary>
    public (string Text, IReadOnlyList<JsonElement>? Calls) Split(string answer)
    {
        try
        {
            if (Tags is not (string open, string close))
            {
                return ("", Elements(Unfenced(answer.Trim())));
            }

            string[] parts = answer.Split(open);
            return parts.Skip(1).All(part => part.TrimEnd().EndsWith(close, StringComparison.Ordinal))
                ? (parts[0].TrimEnd(), [.. parts.Skip(1).SelectMany(part => Elements(part.TrimEnd()[..^close.Length]))])
                : (answer, null);
        }
        catch (JsonException)
        {
            return (answer, null);
        }
    }

    /// <summary>Name and arguments of a call that has these two members and no others.</summary>
    public (string Name, JsonElement Arguments)? Read(JsonElement call) =>
        call.ValueKind == JsonValueKind.Object && call.GetPropertyCount() == 2
        && call.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String
        && call.TryGetProperty(Arguments, out JsonElement arguments) && arguments.ValueKind == JsonValueKind.Object
            ? (name.GetString() ?? "", arguments)
            : null;

    // Models like to put JSON between fences, with or without a word behind the first.
    private static string Unfenced(string text)
    {
        const string fence = "```";
        int line = text.IndexOf('\n', StringComparison.Ordinal);
        return text.StartsWith(fence, StringComparison.Ordinal) && text.EndsWith(fence, StringComparison.Ordinal) && line > 0 && text.Length - fence.Length > line
            ? text[line..^fence.Length]
            : text;
    }

    private static IReadOnlyList<JsonElement> Elements(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        JsonElement root = document.RootElement.Clone();
        return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
    }
}
