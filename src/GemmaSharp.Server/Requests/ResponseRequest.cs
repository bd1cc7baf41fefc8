using System.Text.Json;

namespace GemmaSharp.Server.Requests;

/// <summary>A request of /v1/responses.</summary>
/// <param name="Input">What is new of the conversation.</param>
/// <param name="Answer">How to answer; its messages are put together when the response before is found.</param>
internal sealed record ResponseRequest(IReadOnlyList<MessageRequest> Input, AnswerRequest Answer)
{
    public string? Instructions { get; init; }

    public string? Previous { get; init; }

    public bool Store { get; init; }

    public bool Parallel { get; init; }

    /// <summary>The choice among them as it was sent.</summary>
    public JsonElement ToolChoice { get; init; }

    /// <summary>The tools as they were sent.</summary>
    public IReadOnlyList<JsonElement> Tools { get; init; } = [];

    public JsonElement? Metadata { get; init; }
}
