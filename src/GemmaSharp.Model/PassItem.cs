namespace GemmaSharp.Model;

/// <summary>Tokens of one sequence in a pass that it may share with others.</summary>
/// <param name="State">The sequence; its position advances.</param>
/// <param name="Ids">Token ids, placeholders included.</param>
/// <param name="Logits">Where logits go: empty; or [vocab] for the last token; or [tokens, vocab] with <see cref="AllLogits"/>.</param>
public readonly record struct PassItem(ModelState State, ReadOnlyMemory<int> Ids, Memory<float> Logits)
{
    /// <summary>Rows of the placeholders, [k, hidden]; empty: placeholders keep their own embedding.</summary>
    public ReadOnlyMemory<float> SoftTokens { get; init; }

    /// <summary>Whether logits of every token are wanted.</summary>
    public bool AllLogits { get; init; }

    internal ModelInput Input => new(Ids.Span, SoftTokens.Span, AllLogits);
}
