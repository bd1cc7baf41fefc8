namespace GemmaSharp.Model;

/// <summary>The tokens of one pass.</summary>
/// <param name="ids">Token ids, placeholders included.</param>
/// <param name="softTokens">Rows [k, hidden] for the k placeholder ids among <paramref name="ids"/>, in order; empty: placeholders keep their own embedding.</param>
/// <param name="allLogits">Logits of every token instead of the last one's.</param>
public readonly ref struct ModelInput(ReadOnlySpan<int> ids, ReadOnlySpan<float> softTokens = default, bool allLogits = false)
{
    /// <summary>Token ids, placeholders included.</summary>
    public ReadOnlySpan<int> Ids { get; } = ids;

    /// <summary>Rows of the placeholders, [k, hidden].</summary>
    public ReadOnlySpan<float> SoftTokens { get; } = softTokens;

    /// <summary>Whether logits of every token are wanted.</summary>
    public bool AllLogits { get; } = allLogits;
}
