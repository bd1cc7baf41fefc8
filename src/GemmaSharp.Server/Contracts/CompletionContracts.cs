using System.Text.Json.Serialization;

namespace GemmaSharp.Server.Contracts;

/// <summary>The answer of /v1/completions, and of each of its pieces.</summary>
internal sealed record Completion(string Id, long Created, string Model, IReadOnlyList<CompletionChoice> Choices)
{
    public string Object { get; } = "text_completion";

    public UsageBody? Usage { get; init; }

    public TimingsBody? Timings { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>One of its answers.</summary>
internal sealed record CompletionChoice(
    int Index,
    string Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] CompletionProbabilities? Logprobs);

/// <summary>Probabilities of its tokens, in the older form.</summary>
internal sealed record CompletionProbabilities(
    IReadOnlyList<string> Tokens, IReadOnlyList<double> TokenLogprobs, IReadOnlyList<IReadOnlyDictionary<string, double>> TopLogprobs, IReadOnlyList<int> TextOffset);
