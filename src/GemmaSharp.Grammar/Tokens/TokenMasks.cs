using System.Runtime.CompilerServices;
using GemmaSharp.Grammar.Automata;

namespace GemmaSharp.Grammar.Tokens;

/// <summary>
/// Masks of an automaton's states over a vocabulary. What a token does inside the calls open at a place does not depend on the calls around
/// them, so that part of a mask is found once and shared (inside a string: nearly all of it); only tokens that leave those calls are then
/// followed with the real ones. Masks are kept by state, states that look ahead alike share one, the oldest go first.
/// </summary>
internal sealed class TokenMasks(Automaton automaton, TokenTrie trie)
{
    private const long MostBytes = 16 << 20;
    private const int MostExits = 1 << 14;
    private const int MostCuts = 3;

    /// <summary>Tokens from where on it pays to find out whether all of them are taken alike.</summary>
    private const int LeastTogether = 32;

    private static readonly TokenMask TooManyExits = new([], null, 0);
    private readonly AutomatonState[] _path = new AutomatonState[byte.MaxValue + 1];
    private readonly Queue<AutomatonState> _kept = new();
    private readonly List<int> _exits = [];
    private int _peak;

    /// <summary>The tokens that lead on from a state of the automaton's present life.</summary>
    public ulong[] Of(AutomatonState state)
    {
        lock (automaton.Gate)
        {
            AutomatonState alike = automaton.Alike(state, trie.LongestToken);
            if (alike.Mask is not { Bits.Length: > 0 })
            {
                Keep(alike, new TokenMask(Find(alike), null, 0));
            }

            return alike.Mask!.Bits;
        }
    }

    private ulong[] Find(AutomatonState state)
    {
        ulong[] bits = new ulong[trie.MaskLength];
        foreach (Frame? frame in state.Places.Select(place => place.Frame).Distinct())
        {
            AutomatonState part = automaton.With(state, place => place.Frame == frame, same => same);
            if (!TryByParts(part, frame, bits))
            {
                Walk(part, 0, bits, null);
            }
        }

        return bits;
    }

    // The innermost calls alone; more of them while there are too many ways out.
    private bool TryByParts(AutomatonState state, Frame? frame, ulong[] bits)
    {
        Frame? around = frame;
        for (int depth = 0; depth < MostCuts && around is not null; depth++, around = around.Parent)
        {
            AutomatonState inside = automaton.With(state, _ => true, one => automaton.Cut(one!, depth));
            TokenMask mask = Inside(inside);
            if (mask.Exits is null || around.Depth + mask.Peak > automaton.Network.MostDepth)
            {
                continue;
            }

            AutomatonState after = automaton.After(around);
            for (int word = 0; word < bits.Length; word++)
            {
                bits[word] |= mask.Bits[word];
            }

            foreach (int exit in mask.Exits)
            {
                Walk(after, exit, bits, null);
            }

            return true;
        }

        return false;
    }

    private TokenMask Inside(AutomatonState state)
    {
        if (state.Mask is { Exits: not null } known)
        {
            return known;
        }

        if (ReferenceEquals(state.Mask, TooManyExits))
        {
            return TooManyExits;
        }

        ulong[] bits = new ulong[trie.MaskLength];
        _exits.Clear();
        _peak = 0;
        TokenMask found = Walk(state, 0, bits, _exits) ? new TokenMask(bits, [.. _exits], _peak) : TooManyExits;
        Keep(state, found);
        return found;
    }

    // Goes through the tokens that begin as a node of the trie does, of which the state has taken the bytes; false where the exits are too many.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Walk(AutomatonState start, int node, ulong[] bits, List<int>? exits)
    {
        ReadOnlySpan<TrieNode> nodes = trie.Nodes;
        ReadOnlySpan<int> tokens = trie.Tokens;
        ReadOnlySpan<byte> classes = automaton.Network.Classes.Of;
        AutomatonState[] path = _path;
        path[nodes[node].Depth] = start;
        int end = nodes[node].Skip;
        for (int at = node + 1; at < end;)
        {
            TrieNode one = nodes[at];
            AutomatonState next = automaton.Step(path[one.Depth - 1], classes[one.Label]);
            if (next.IsDead)
            {
                at = one.Skip;
                continue;
            }

            if ((one.Groups & CharGroups.Broken) == 0 && (next.Absorption is not null || nodes[one.Skip].Token - one.Token >= LeastTogether) && TakesAll(next, one, exits))
            {
                Set(bits, tokens[one.Token..nodes[one.Skip].Token]);
                at = one.Skip;
                continue;
            }

            path[one.Depth] = next;
            at++;
            Set(bits, tokens[one.Token..nodes[at].Token]);
            if (exits is not null && !Note(next, at - 1, exits))
            {
                return false;
            }
        }

        return true;
    }

    private static void Set(ulong[] bits, ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
        {
            bits[token >> 6] |= 1UL << token;
        }
    }

    private bool TakesAll(AutomatonState state, TrieNode node, List<int>? exits)
    {
        if (state.Places.Length == 0 || (exits is not null && state.Accepts))
        {
            return false;
        }

        Absorption all = automaton.AbsorptionOf(state);
        _peak = int.Max(_peak, int.Max(state.Peak, all.Peak));
        return node.Height <= all.Margin && (node.Groups & ~all.Groups) == 0;
    }

    private bool Note(AutomatonState state, int node, List<int> exits)
    {
        _peak = int.Max(_peak, state.Peak);
        if (state.Accepts)
        {
            exits.Add(node);
        }

        return exits.Count <= MostExits;
    }

    private void Keep(AutomatonState state, TokenMask mask)
    {
        state.Mask = mask;
        _kept.Enqueue(state);
        while (_kept.Count > 1 && _kept.Count * (long)trie.MaskLength * sizeof(ulong) > MostBytes)
        {
            _kept.Dequeue().Mask = null;
        }
    }
}
