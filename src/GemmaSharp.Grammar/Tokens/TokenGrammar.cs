using GemmaSharp.Grammar.Automata;

namespace GemmaSharp.Grammar.Tokens;

/// <summary>A grammar over a vocabulary, and what was found out about both. Safe from several threads: one serves any number of answers.</summary>
public sealed class TokenGrammar
{
    private readonly TokenMasks _masks;

    /// <summary>Puts a grammar and a vocabulary together.</summary>
    /// <exception cref="GrammarException">The vocabulary lacks a byte, or has no token that ends an answer.</exception>
    public TokenGrammar(TextGrammar grammar, TokenTrie trie)
        : this(grammar, trie, Automaton.UsualBytes)
    {
    }

    internal TokenGrammar(TextGrammar grammar, TokenTrie trie, long mostBytes)
    {
        CheckBytes(trie);
        if (trie.Ends.Count == 0)
        {
            throw new GrammarException("the vocabulary has no token that ends an answer; a grammar needs one");
        }

        Trie = trie;
        States = new Automaton(grammar.Network, mostBytes);
        _masks = new TokenMasks(States, trie);
    }

    internal TokenTrie Trie { get; }

    internal Automaton States { get; }

    /// <summary>A matcher at the beginning of a text.</summary>
    public GrammarMatcher CreateMatcher() => new(this, States.Start);

    internal ReadOnlySpan<ulong> Mask(AutomatonState state) => _masks.Of(state);

    // With a token for every byte, whatever the grammar asks for can be said.
    private static void CheckBytes(TokenTrie trie)
    {
        bool[] found = new bool[256];
        ReadOnlySpan<TrieNode> nodes = trie.Nodes;
        for (int at = 1; at < nodes[0].Skip; at = nodes[at].Skip)
        {
            found[nodes[at].Label] = nodes[at + 1].Token > nodes[at].Token;
        }

        int missing = Array.IndexOf(found, false);
        if (missing >= 0)
        {
            throw new GrammarException($"the vocabulary has no token for the byte 0x{missing:X2} alone; a grammar needs one for every byte");
        }
    }
}
