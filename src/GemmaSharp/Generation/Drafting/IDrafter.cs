namespace GemmaSharp.Generation.Drafting;

/// <summary>Guesses the tokens that come next.</summary>
internal interface IDrafter
{
    /// <summary>What it goes by, for a notice; null where nobody asked for it.</summary>
    string? Name { get; }

    /// <summary>Whether a guess takes next to no time, for want of a model.</summary>
    bool IsFree { get; }

    /// <summary>Takes tokens that came: the prompt's, then the answer's one by one.</summary>
    void See(ReadOnlySpan<int> ids);

    /// <summary>Writes the tokens that may come next and returns how many; 0 without an idea. Nothing depends on whether they are right, or asked for at all.</summary>
    int Draft(Span<int> into);
}
