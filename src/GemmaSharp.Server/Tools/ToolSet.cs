using System.Text.Json;

namespace GemmaSharp.Server.Tools;

/// <summary>A tool that a client offers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does, or null.</param>
/// <param name="Parameters">JSON Schema of its arguments; null takes any object.</param>
/// <param name="Strict">Whether arguments that the schema does not name are refused.</param>
internal sealed record ToolDefinition(string Name, string? Description, JsonElement? Parameters, bool Strict);

/// <summary>A call of a tool.</summary>
/// <param name="Id">Names the call.</param>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">JSON of its arguments.</param>
internal sealed record ToolCall(string Id, string Name, string Arguments);

/// <summary>The tools of a request and how the model is told of them.</summary>
/// <param name="Definitions">The tools.</param>
/// <param name="Format">The form of instructions and calls.</param>
/// <param name="Parallel">Whether one answer may hold several calls.</param>
internal sealed record ToolSet(IReadOnlyList<ToolDefinition> Definitions, ToolFormat Format, bool Parallel)
{
    /// <summary>The tools of which one must be called; null where the model is free.</summary>
    public IReadOnlyList<ToolDefinition>? Required { get; init; }

    /// <summary>The calls that an answer is, and the text before them; no calls where it is anything else than calls as they were asked for.</summary>
    public (string Text, IReadOnlyList<(string Name, string Arguments)> Calls) Parse(string answer)
    {
        (string text, IReadOnlyList<JsonElement>? found) = Format.Split(answer);
        if (found is null || found.Count == 0 || (!Parallel && found.Count > 1))
        {
            return (answer, []);
        }

        List<(string, string)> calls = [];
        foreach (JsonElement call in found)
        {
            if (Format.Read(call) is not (string name, JsonElement arguments) || Definitions.FirstOrDefault(one => one.Name == name) is not ToolDefinition tool
                || !ArgumentCheck.Fits(arguments, tool))
            {
                return (answer, []);
            }

            calls.Add((name, arguments.GetRawText()));
        }

        return (text, calls);
    }
}
