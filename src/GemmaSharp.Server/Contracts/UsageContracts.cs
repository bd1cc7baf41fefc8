using GemmaSharp.Server.Answers;

namespace GemmaSharp.Server.Contracts;

/// <summary>Counts in OpenAI's shape.</summary>
internal sealed record UsageBody(int PromptTokens, int CompletionTokens, int TotalTokens, PromptDetails PromptTokensDetails)
{
    public static UsageBody From(AnswerCounts counts) => new(
        counts.PromptTokens,
        counts.CompletionTokens,
        counts.PromptTokens + counts.CompletionTokens,
        new PromptDetails(counts.CachedTokens, counts.AudioTokens, counts.ImageTokens));
}

/// <summary>What the prompt's tokens are.</summary>
internal sealed record PromptDetails(int CachedTokens, int AudioTokens, int ImageTokens);

/// <summary>Where the time went.</summary>
internal sealed record TimingsBody(
    double QueueMs,
    double EncodeMs,
    double PrefillMs,
    double PrefillTokensPerSecond,
    double DecodeMs,
    double DecodeTokensPerSecond,
    long PeakMemoryBytes,
    IReadOnlyList<MediaTiming>? Media)
{
    /// <summary>The slice that answered, where the request or the load asked for one.</summary>
    public string? Slice { get; init; }

    /// <summary>Set where tokens were drafted.</summary>
    public DraftTiming? Draft { get; init; }

    public static TimingsBody From(AnswerCounts counts) => new(
        Milliseconds(counts.QueueSeconds),
        Milliseconds(counts.EncodeSeconds),
        Milliseconds(counts.PrefillSeconds),
        Rate(counts.PrefilledTokens, counts.PrefillSeconds),
        Milliseconds(counts.DecodeSeconds),
        Rate(counts.CompletionTokens, counts.DecodeSeconds),
        AnswerCounts.PeakBytes,
        counts.Media.Count == 0 ? null : [.. counts.Media.Select(media => new MediaTiming(media.Name, Milliseconds(media.Seconds), media.Windows))])
    {
        Slice = counts.Slice,
        Draft = DraftTiming.From(counts),
    };

    /// <summary>Of answers that followed one another, each to a prompt of its own.</summary>
    public static TimingsBody From(double queueSeconds, IReadOnlyList<Usage> inTurn) => new(
        Milliseconds(queueSeconds),
        Milliseconds(inTurn.Sum(usage => usage.EncodeSeconds)),
        Milliseconds(inTurn.Sum(usage => usage.PrefillSeconds)),
        Rate(inTurn.Sum(usage => usage.PromptTokens - usage.CachedTokens), inTurn.Sum(usage => usage.PrefillSeconds)),
        Milliseconds(inTurn.Sum(usage => usage.DecodeSeconds)),
        Rate(inTurn.Sum(usage => usage.CompletionTokens), inTurn.Sum(usage => usage.DecodeSeconds)),
        AnswerCounts.PeakBytes,
        Media: null);

    private static double Milliseconds(double seconds) => Math.Round(seconds * 1e3, 3);

    private static double Rate(int tokens, double seconds) => seconds > 0 ? Math.Round(tokens / seconds, 3) : 0;
}

/// <summary>What drafts gave.</summary>
internal sealed record DraftTiming(int DraftedTokens, int AcceptedTokens, double? SpeedUp)
{
    public static DraftTiming? From(AnswerCounts counts) =>
        counts.DraftedTokens == 0 ? null : new DraftTiming(counts.DraftedTokens, counts.AcceptedTokens, counts.DraftSpeedUp is double times ? Math.Round(times, 3) : null);
}

/// <summary>What a picture or sound cost.</summary>
internal sealed record MediaTiming(string Part, double EncodeMs, int Windows);
