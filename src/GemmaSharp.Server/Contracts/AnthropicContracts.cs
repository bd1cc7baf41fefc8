using System.Text.Json;
using System.Text.Json.Serialization;
using GemmaSharp.Server.Answers;

namespace GemmaSharp.Server.Contracts;

/// <summary>The answer of /v1/messages.</summary>
internal sealed record AnthropicMessage(string Id, string Model, IReadOnlyList<AnthropicBlock> Content, AnthropicUsage Usage)
{
    public string Type { get; } = "message";

    public string Role { get; } = "assistant";

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? StopReason { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? StopSequence { get; init; }

    public TimingsBody? Timings { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>Text, or a call of a tool.</summary>
internal sealed record AnthropicBlock(string Type)
{
    public string? Text { get; init; }

    public string? Id { get; init; }

    public string? Name { get; init; }

    public JsonElement? Input { get; init; }
}

/// <summary>Counts; what the cache held is not part of the input's.</summary>
internal sealed record AnthropicUsage(int InputTokens, int OutputTokens, int CacheReadInputTokens)
{
    public int CacheCreationInputTokens { get; }

    /// <summary>The slice that answered, where the request or the load asked for one.</summary>
    public string? Slice { get; init; }

    public static AnthropicUsage From(AnswerCounts counts) => new(counts.PromptTokens - counts.CachedTokens, counts.CompletionTokens, counts.CachedTokens) { Slice = counts.Slice };
}

/// <summary>The answer of /v1/messages/count_tokens.</summary>
internal sealed record AnthropicCount(int InputTokens);

/// <summary>An event of a stream; each kind has some of the members.</summary>
internal sealed record AnthropicEvent(string Type)
{
    public AnthropicMessage? Message { get; init; }

    public int? Index { get; init; }

    public AnthropicBlock? ContentBlock { get; init; }

    public AnthropicDelta? Delta { get; init; }

    public AnthropicUsage? Usage { get; init; }

    public TimingsBody? Timings { get; init; }
}

/// <summary>What an event adds.</summary>
internal sealed record AnthropicDelta
{
    public string? Type { get; init; }

    public string? Text { get; init; }

    public string? PartialJson { get; init; }

    public string? StopReason { get; init; }

    public string? StopSequence { get; init; }
}
