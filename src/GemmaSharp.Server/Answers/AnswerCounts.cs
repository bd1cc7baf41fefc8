using System.Diagnostics;

namespace GemmaSharp.Server.Answers;

/// <summary>Counts and times of all answers to a request.</summary>
/// <param name="queueSeconds">Seconds waited for a place.</param>
/// <param name="choices">How many answers there are.</param>
internal sealed class AnswerCounts(double queueSeconds, int choices)
{
    private readonly Lock _gate = new();
    private readonly Usage?[] _answers = new Usage?[choices];
    private double _begun = double.PositiveInfinity;
    private double _ended;

    private Usage? First => _answers[0];

    public double QueueSeconds => queueSeconds;

    /// <summary>Tokens of the prompt, which all answers share.</summary>
    public int PromptTokens => First?.PromptTokens ?? 0;

    public int ImageTokens => First?.ImageTokens ?? 0;

    public int AudioTokens => First?.AudioTokens ?? 0;

    /// <summary>Tokens of the prompt that a cache held before the first answer.</summary>
    public int CachedTokens => First?.CachedTokens ?? 0;

    public int CompletionTokens => _answers.Sum(answer => answer?.CompletionTokens ?? 0);

    public double EncodeSeconds => First?.EncodeSeconds ?? 0;

    /// <summary>Seconds until the first answer had read the prompt.</summary>
    public double PrefillSeconds => First?.PrefillSeconds ?? 0;

    /// <summary>Seconds in which answers were drawn, from the first that began to the last that ended.</summary>
    public double DecodeSeconds => double.Max(0, _ended - _begun);

    /// <summary>Tokens that the first answer computed for the prompt.</summary>
    public int PrefilledTokens => PromptTokens - CachedTokens;

    /// <summary>The slice that answered, where one was asked for.</summary>
    public string? Slice => First?.Slice;

    public int DraftedTokens => _answers.Sum(answer => answer?.DraftedTokens ?? 0);

    public int AcceptedTokens => _answers.Sum(answer => answer?.AcceptedTokens ?? 0);

    /// <summary>How many times as fast drafts made the answers, the mean over their time; null where none was sped up or slowed down.</summary>
    public double? DraftSpeedUp => _answers.Any(answer => answer?.DraftSpeedUp is not null)
        ? _answers.Sum(answer => answer is null ? 0 : answer.DecodeSeconds * (answer.DraftSpeedUp ?? 1)) / _answers.Sum(answer => double.Max(double.Epsilon, answer?.DecodeSeconds ?? 0))
        : null;

    public IReadOnlyList<MediaUsage> Media => First?.Media ?? [];

    /// <summary>Most memory that the process ever had.</summary>
    public static long PeakBytes
    {
        get
        {
            using Process self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
    }

    /// <summary>An answer's counts; answers may tell theirs at the same time.</summary>
    public void Set(int choice, Usage answer)
    {
        double now = Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        lock (_gate)
        {
            _answers[choice] = answer;
            (_begun, _ended) = (double.Min(_begun, now - answer.DecodeSeconds), now);
        }
    }
}
