namespace GemmaSharp.Benchmarking;

/// <summary>What a benchmark measures.</summary>
internal sealed record BenchmarkPlan
{
    /// <summary>Tokens in the cache before every answer, those of the depth beside.</summary>
    public const int AnswerPrompt = 128;

    /// <summary>Lengths of prompts.</summary>
    public IReadOnlyList<int> Prompts { get; init; } = [128, 512];

    /// <summary>Lengths of answers.</summary>
    public IReadOnlyList<int> Answers { get; init; } = [64];

    /// <summary>Numbers of answers at the same time.</summary>
    public IReadOnlyList<int> Parallel { get; init; } = [1];

    /// <summary>Tokens in the cache before prompts and before the prompts of answers.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [0];

    /// <summary>Numbers of threads; for each of them the model is loaded anew.</summary>
    public IReadOnlyList<int> Threads { get; init; } = [0];

    /// <summary>How often everything is measured, one more round to warm up not counted.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Slices that are asked of the loaded model, after the whole.</summary>
    public IReadOnlyList<string> Slices { get; init; } = [];

    /// <summary>Whether a picture is encoded.</summary>
    public bool Image { get; init; }

    /// <summary>Whether a clip is encoded.</summary>
    public bool Audio { get; init; }

    /// <summary>The most tokens that the cache comes to hold; answers of a depth may follow one another.</summary>
    public long MostTokens => Depths.DefaultIfEmpty().Max() + long.Max(
        Prompts.DefaultIfEmpty().Max(), Answers.Count == 0 ? 0 : AnswerPrompt + (Answers.Max() * (Rounds + 1L)));
}
