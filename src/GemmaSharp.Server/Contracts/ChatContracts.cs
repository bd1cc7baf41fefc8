using System.Text.Json.Serialization;

namespace GemmaSharp.Server.Contracts;

/// <summary>The answer of /v1/chat/completions.</summary>
internal sealed record ChatCompletion(string Id, long Created, string Model, IReadOnlyList<ChatChoice> Choices, UsageBody Usage, TimingsBody Timings)
{
    public string Object { get; } = "chat.completion";

    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>One of its answers.</summary>
internal sealed record ChatChoice(int Index, ChatAnswer Message, string FinishReason)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public LogProbabilityList? Logprobs { get; init; }
}

/// <summary>The turn itself.</summary>
internal sealed record ChatAnswer(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content,
    IReadOnlyList<ToolCallBody>? ToolCalls)
{
    public string Role { get; } = "assistant";

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Refusal { get; }
}

/// <summary>A piece of a streamed answer.</summary>
internal sealed record ChatChunk(string Id, long Created, string Model, IReadOnlyList<ChunkChoice> Choices)
{
    public string Object { get; } = "chat.completion.chunk";

    public UsageBody? Usage { get; init; }

    public TimingsBody? Timings { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>What is new of one answer.</summary>
internal sealed record ChunkChoice(int Index, ChunkDelta Delta, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason)
{
    public LogProbabilityList? Logprobs { get; init; }
}

/// <summary>New text or calls.</summary>
internal sealed record ChunkDelta
{
    public string? Role { get; init; }

    public string? Content { get; init; }

    public IReadOnlyList<ToolCallBody>? ToolCalls { get; init; }
}

/// <summary>A call; its number only in streams.</summary>
internal sealed record ToolCallBody(int? Index, string Id, FunctionCallBody Function)
{
    public string Type { get; } = "function";
}

/// <summary>The function called.</summary>
internal sealed record FunctionCallBody(string Name, string Arguments);

/// <summary>Probabilities of an answer's tokens.</summary>
internal sealed record LogProbabilityList(IReadOnlyList<TokenBody> Content);

/// <summary>A token and its probability.</summary>
internal sealed record TokenBody(string Token, double Logprob, IReadOnlyList<int> Bytes)
{
    /// <summary>The most likely tokens in its place; not within that list itself.</summary>
    public IReadOnlyList<TokenBody>? TopLogprobs { get; init; }
}
