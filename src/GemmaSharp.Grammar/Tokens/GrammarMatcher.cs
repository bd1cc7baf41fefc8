using System.Text;
using GemmaSharp.Grammar.Automata;

namespace GemmaSharp.Grammar.Tokens;

/// <summary>Where one answer is in its grammar. A fork is a reference and costs nothing: keep one before guessed tokens and go back to it.</summary>
public sealed class GrammarMatcher
{
    private readonly TokenGrammar _grammar;
    private AutomatonState _state;

    internal GrammarMatcher(TokenGrammar grammar, AutomatonState state)
    {
        _grammar = grammar;
        _state = state;
    }

    /// <summary>Words of 64 bits that a mask takes.</summary>
    public int MaskLength => _grammar.Trie.MaskLength;

    /// <summary>Whether the answer may end here.</summary>
    public bool IsComplete => _state.Accepts;

    /// <summary>Whether the token that ends the answer was accepted.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Another matcher at this place.</summary>
    public GrammarMatcher Fork() => new(_grammar, _state) { IsEnded = IsEnded };

    /// <summary>The tokens that may come next; those that end the answer only where it may end.</summary>
    /// <param name="bits">One bit a token id, <see cref="MaskLength"/> words.</param>
    /// <exception cref="GrammarException">The grammar is too ambiguous for its limits.</exception>
    public void FillMask(Span<ulong> bits)
    {
        if (IsEnded)
        {
            bits.Clear();
            return;
        }

        _state = _grammar.States.Current(_state);
        _grammar.Mask(_state).CopyTo(bits);
        foreach (int end in IsComplete ? _grammar.Trie.Ends : [])
        {
            bits[end >> 6] |= 1UL << end;
        }
    }

    /// <summary>Takes a token; false, and nothing changed, where the grammar does not allow it.</summary>
    /// <exception cref="GrammarException">The grammar is too ambiguous for its limits.</exception>
    public bool TryAccept(int id)
    {
        if (IsEnded || (IsComplete && _grammar.Trie.Ends.Contains(id)))
        {
            return IsEnded ? false : IsEnded = true;
        }

        if (Behind(id) is not AutomatonState state)
        {
            return false;
        }

        _state = state;
        return true;
    }

    /// <summary>Whether a token may come next; where few are asked about, much cheaper than a mask.</summary>
    /// <exception cref="GrammarException">The grammar is too ambiguous for its limits.</exception>
    public bool Allows(int id) => !IsEnded && ((IsComplete && _grammar.Trie.Ends.Contains(id)) || Behind(id) is not null);

    /// <summary>The text that must come next, as far as only one is possible; empty where there is a choice, such as the end.</summary>
    /// <remarks>It ends within a whole character and may be long: a caller that feeds it back gives its tokens to <see cref="TryAccept"/>.</remarks>
    public string ForcedText()
    {
        const int most = 1 << 12;
        List<byte> bytes = [];
        AutomatonState state = _grammar.States.Current(_state);
        while (!IsEnded && !state.Accepts && bytes.Count < most && OnlyStep(state) is (byte one, AutomatonState next))
        {
            bytes.Add(one);
            state = next;
        }

        int whole = bytes.Count;
        while (whole > 0 && Rune.DecodeLastFromUtf8([.. bytes[..whole]], out _, out _) != System.Buffers.OperationStatus.Done)
        {
            whole--;
        }

        return Encoding.UTF8.GetString([.. bytes[..whole]]);
    }

    private AutomatonState? Behind(int id)
    {
        ReadOnlySpan<byte> bytes = _grammar.Trie.Piece(id);
        AutomatonState state = _grammar.States.Current(_state);
        foreach (byte one in bytes)
        {
            state = _grammar.States.Step(state, _grammar.States.Network.Classes.Of[one]);
            if (state.IsDead)
            {
                return null;
            }
        }

        return bytes.Length > 0 ? state : null;
    }

    private (byte, AutomatonState)? OnlyStep(AutomatonState state)
    {
        (byte, AutomatonState)? found = null;
        for (int one = 0; one < _grammar.States.Network.Classes.Count; one++)
        {
            AutomatonState next = _grammar.States.Step(state, one);
            if (next.IsDead)
            {
                continue;
            }

            if (found is not null || !_grammar.States.Network.Classes.IsSingle(one))
            {
                return null;
            }

            found = (_grammar.States.Network.Classes.Member(one), next);
        }

        return found;
    }
}
