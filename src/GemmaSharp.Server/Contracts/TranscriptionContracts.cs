namespace GemmaSharp.Server.Contracts;

/// <summary>What was said, and in the longer form when.</summary>
internal sealed record TranscriptionBody(string Text)
{
    public string? Task { get; init; }

    public string? Language { get; init; }

    public double? Duration { get; init; }

    public IReadOnlyList<SegmentBody>? Segments { get; init; }

    public TranscriptionUsage? Usage { get; init; }

    public TimingsBody? Timings { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>A window of the sound and what was said in it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds.</param>
/// <param name="Text">What was said.</param>
/// <param name="Tokens">The tokens of the text.</param>
/// <param name="AvgLogprob">Mean logarithm of the tokens' probabilities.</param>
internal sealed record SegmentBody(int Id, double Start, double End, string Text, IReadOnlyList<int> Tokens, double AvgLogprob);

/// <summary>What the sound cost.</summary>
internal sealed record TranscriptionUsage(int InputTokens, TranscriptionInput InputTokenDetails, int OutputTokens, int TotalTokens)
{
    public string Type { get; } = "tokens";

    public static TranscriptionUsage From(IReadOnlyList<Usage> windows)
    {
        int input = windows.Sum(usage => usage.PromptTokens), audio = windows.Sum(usage => usage.AudioTokens), output = windows.Sum(usage => usage.CompletionTokens);
        return new TranscriptionUsage(input, new TranscriptionInput(input - audio, audio), output, input + output);
    }
}

/// <summary>What the input's tokens are.</summary>
internal sealed record TranscriptionInput(int TextTokens, int AudioTokens);

/// <summary>An event of a stream.</summary>
internal sealed record TranscriptionEvent(string Type)
{
    public string? Delta { get; init; }

    public string? Text { get; init; }

    public TranscriptionUsage? Usage { get; init; }

    public TimingsBody? Timings { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }
}
