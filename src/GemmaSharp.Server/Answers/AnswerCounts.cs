using System.Diagnostics;

namespace GemmaSharp.Server.Answers;

/// <summary>Counts and times of all answers to a request.</summary>
internal sealed class AnswerCounts(double queueSeconds)
{
    private readonly List<Usage> _answers = [];

    public double QueueSeconds => queueSeconds;

    /// <summary>Tokens of the prompt, which all answers share.</summary>
    public int PromptTokens => _answers is [Usage first, ..] ? first.PromptTokens : 0;

    public int ImageTokens => _answers is [Usage first, ..] ? first.ImageTokens : 0;

    public int AudioTokens => _answers is [Usage first, ..] ? first.AudioTokens : 0;

    /// <summary>Tokens of the prompt that a cache held before the first answer.</summary>
    public int CachedTokens => _answers is [Usage first, ..] ? first.CachedTokens : 0;

    public int CompletionTokens => _answers.Sum(answer => answer.CompletionTokens);

    public double EncodeSeconds => _answers is [Usage first, ..] ? first.EncodeSeconds : 0;

    public double PrefillSeconds => _answers.Sum(answer => answer.PrefillSeconds);

    public double DecodeSeconds => _answers.Sum(answer => answer.DecodeSeconds);

    /// <summary>Tokens that were computed for the prompt.</summary>
    public int PrefilledTokens => _answers.Sum(answer => answer.PromptTokens - answer.CachedTokens);

    public IReadOnlyList<MediaUsage> Media => _answers is [Usage first, ..] ? first.Media : [];

    /// <summary>Most memory that the process ever had.</summary>
    public static long PeakBytes
    {
        get
        {
            using Process self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64;
        }
    }

    public void Add(Usage answer) => _answers.Add(answer);
}
