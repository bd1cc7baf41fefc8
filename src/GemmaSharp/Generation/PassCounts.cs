namespace GemmaSharp.Generation;

/// <summary>What passes computed.</summary>
/// <param name="Passes">How many passes.</param>
/// <param name="Sequences">Sequences in them, a sequence counted in each pass.</param>
/// <param name="Tokens">Tokens in them.</param>
internal readonly record struct PassCounts(long Passes, long Sequences, long Tokens);
