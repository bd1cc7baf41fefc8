using System.Text.Json;
using System.Text.Json.Serialization;
using GemmaSharp.Server.Answers;

namespace GemmaSharp.Server.Contracts;

/// <summary>The answer of /v1/responses.</summary>
internal sealed record ResponseBody(string Id, long CreatedAt, string Model, string Status, IReadOnlyList<ResponseItem> Output)
{
    public string Object { get; } = "response";

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Error { get; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public IncompleteDetails? IncompleteDetails { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Instructions { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? PreviousResponseId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? MaxOutputTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? Temperature { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? TopP { get; init; }

    public bool Store { get; init; }

    public bool ParallelToolCalls { get; init; }

    public JsonElement ToolChoice { get; init; }

    public string Truncation { get; } = "disabled";

    public IReadOnlyList<JsonElement> Tools { get; init; } = [];

    public JsonElement? Metadata { get; init; }

    public ResponseUsage? Usage { get; init; }

    public TimingsBody? Timings { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>Why a response is not whole.</summary>
internal sealed record IncompleteDetails(string Reason);

/// <summary>A message, or a call of a function.</summary>
internal sealed record ResponseItem(string Type, string Id, string Status)
{
    public string? Role { get; init; }

    public IReadOnlyList<ResponseText>? Content { get; init; }

    public string? CallId { get; init; }

    public string? Name { get; init; }

    public string? Arguments { get; init; }
}

/// <summary>Text of a message.</summary>
internal sealed record ResponseText(string Text)
{
    public string Type { get; } = "output_text";

    public IReadOnlyList<string> Annotations { get; } = [];
}

/// <summary>Counts in the shape of responses.</summary>
internal sealed record ResponseUsage(int InputTokens, InputDetails InputTokensDetails, int OutputTokens, OutputDetails OutputTokensDetails, int TotalTokens)
{
    public static ResponseUsage From(AnswerCounts counts) => new(
        counts.PromptTokens,
        new InputDetails(counts.CachedTokens, counts.ImageTokens, counts.AudioTokens),
        counts.CompletionTokens,
        new OutputDetails(0),
        counts.PromptTokens + counts.CompletionTokens);
}

/// <summary>What the input's tokens are.</summary>
internal sealed record InputDetails(int CachedTokens, int ImageTokens, int AudioTokens);

/// <summary>What the output's tokens are.</summary>
internal sealed record OutputDetails(int ReasoningTokens);

/// <summary>The answer to a kept response's end.</summary>
internal sealed record DeletedBody(string Id)
{
    public string Object { get; } = "response";

    public bool Deleted { get; } = true;
}

/// <summary>An event of a stream; each kind has some of the members.</summary>
internal sealed record ResponseEvent(string Type, int SequenceNumber)
{
    public ResponseBody? Response { get; init; }

    public int? OutputIndex { get; init; }

    public int? ContentIndex { get; init; }

    public string? ItemId { get; init; }

    public ResponseItem? Item { get; init; }

    public ResponseText? Part { get; init; }

    public string? Delta { get; init; }

    public string? Text { get; init; }

    public string? Arguments { get; init; }
}
