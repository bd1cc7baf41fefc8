namespace GemmaSharp.Grammar.Tokens;

/// <summary>The tokens that a state allows.</summary>
/// <param name="Bits">One bit a token id.</param>
/// <param name="Exits">Nodes of the trie at which the text may end; null where these are too many to be of use.</param>
/// <param name="Peak">The most open calls that any token asked for.</param>
internal sealed record TokenMask(ulong[] Bits, int[]? Exits, int Peak);
