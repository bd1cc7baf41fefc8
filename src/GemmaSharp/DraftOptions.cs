namespace GemmaSharp;

/// <summary>
/// How tokens are drafted, that is guessed, before the model computes them. One pass verifies the drafts: at each the token is drawn from the model's own distribution
/// by the answer's sampler and random stream, and a draft stands if it is the token drawn. The answer is token for token the one without drafts, greedy or
/// with a seed: drafts only change how many tokens a pass gives.
/// </summary>
/// <remarks>
/// A draft x is certain to its drafter, so this is rejection sampling: x is taken with the probability p(x) that the model gives it, and otherwise a token
/// from p without x.
/// </remarks>
public sealed record DraftOptions
{
    /// <summary>
    /// "grammar" drafts what <see cref="GenerationOptions.Grammar"/> leaves no choice about; "ngram" that, and what followed the last tokens when they came
    /// before in prompt or answer; "none" nothing.
    /// </summary>
    public string Method { get; init; } = "grammar";

    /// <summary>Name or words of a slice of the loaded model, which drafts what the method has no idea of, with the model's own weights; null for none.</summary>
    public string? Slice { get; init; }

    /// <summary>Drafts of a pass, 1 to 32; null takes as many as measured times and the share of drafts that came true make worth while, which may be none.</summary>
    public int? Tokens { get; init; }
}
