namespace GemmaSharp;

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it, or a stop text came.</summary>
    Stop,

    /// <summary>The most tokens, or the end of the context, was reached.</summary>
    Length,
}

/// <summary>Counts and times of an answer.</summary>
public sealed record Usage
{
    /// <summary>Tokens of the prompt, media rows included.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Of these, rows of pictures.</summary>
    public int ImageTokens { get; init; }

    /// <summary>Of these, rows of sounds.</summary>
    public int AudioTokens { get; init; }

    /// <summary>Of these, tokens that the cache held already.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Tokens of the answer, the ending one included.</summary>
    public int CompletionTokens { get; init; }

    /// <summary>The slice that answered, where one was asked for.</summary>
    public string? Slice { get; init; }

    /// <summary>Tokens that were drafted and verified; see <see cref="DraftOptions"/>.</summary>
    public int DraftedTokens { get; init; }

    /// <summary>Of these, tokens that became the answer's.</summary>
    public int AcceptedTokens { get; init; }

    /// <summary>About how many times as fast the answer came as without drafts, by the measured time of passes for one token; null where nothing was drafted or no pass was for one token.</summary>
    public double? DraftSpeedUp { get; init; }

    /// <summary>Seconds for the prompt.</summary>
    public double PrefillSeconds { get; init; }

    /// <summary>Seconds for the answer.</summary>
    public double DecodeSeconds { get; init; }

    /// <summary>Seconds in which pictures and sounds were read and encoded.</summary>
    public double EncodeSeconds { get; init; }

    /// <summary>The pictures and sounds of the last message, in order, and what each cost.</summary>
    public IReadOnlyList<MediaUsage> Media { get; init; } = [];
}

/// <summary>What reading and encoding a picture or sound cost.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Seconds">Next to nothing when it was encoded before and kept.</param>
/// <param name="Windows">1, or the number of windows a long sound was heard in.</param>
public sealed record MediaUsage(string Name, double Seconds, int Windows);

/// <summary>Natural logarithms of the probabilities that the model gave, before temperature, penalties and truncation.</summary>
/// <param name="Token">Of the token that was drawn.</param>
/// <param name="Most">The most likely tokens, most likely first.</param>
public sealed record TokenProbabilities(double Token, IReadOnlyList<(int Id, double LogProbability)> Most);

/// <summary>A piece of an answer.</summary>
/// <param name="Text">New text, possibly empty.</param>
public sealed record GenerationUpdate(string Text)
{
    /// <summary>Set in the last update.</summary>
    public FinishReason? FinishReason { get; init; }

    /// <summary>Set in the last update.</summary>
    public Usage? Usage { get; init; }

    /// <summary>Something the user should know, such as a sound heard in several windows.</summary>
    public string? Notice { get; init; }

    /// <summary>The token of this update; null where none belongs to it.</summary>
    public int? TokenId { get; init; }

    /// <summary>How likely the token was, where <see cref="GenerationOptions.TopProbabilities"/> asks; none for one that ends the answer.</summary>
    public TokenProbabilities? Probabilities { get; init; }

    /// <summary>In the last update, the stop text that ended the answer; null where none did.</summary>
    public string? StopText { get; init; }
}
