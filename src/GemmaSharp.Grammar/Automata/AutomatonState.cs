using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Grammar.Automata;

/// <summary>All places where a parse may be after some bytes. Immutable but for what is found out about it.</summary>
internal sealed class AutomatonState(Place[] places, bool accepts, int classes, int epoch)
{
    /// <summary>Nodes that wait for a byte, in order.</summary>
    public Place[] Places => places;

    /// <summary>Whether the text may end here.</summary>
    public bool Accepts => accepts;

    public bool IsDead { get; } = places.Length == 0 && !accepts;

    /// <summary>Which life of the automaton's memory it belongs to.</summary>
    public int Epoch => epoch;

    /// <summary>The most open calls that any way here asked for, those given up for their depth included.</summary>
    public int Peak { get; set; }

    /// <summary>States after one byte, by its class, as far as known.</summary>
    public AutomatonState?[] Next { get; } = new AutomatonState?[classes];

    /// <summary>What leads back here, once known.</summary>
    public Absorption? Absorption { get; set; }

    /// <summary>The tokens allowed here, once known.</summary>
    public TokenMask? Mask { get; set; }
}
