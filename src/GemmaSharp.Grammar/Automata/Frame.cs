namespace GemmaSharp.Grammar.Automata;

/// <summary>An open call: where to go on after it, how often a repeated rule was begun, and the call around it. Equal frames of an automaton are one object.</summary>
internal sealed class Frame(int id, int node, int count, Frame? parent)
{
    /// <summary>Orders frames; equal only for the same frame.</summary>
    public int Id => id;

    /// <summary>The node behind the call, or the repeating node itself.</summary>
    public int Node => node;

    /// <summary>0 for a call, otherwise how often the repeated rule was begun.</summary>
    public int Count => count;

    public Frame? Parent => parent;

    /// <summary>Open calls up to this one.</summary>
    public int Depth { get; } = parent is null ? 1 : parent.Depth + 1;

    /// <summary>Whether a repetition is among the open calls.</summary>
    public bool Counts { get; } = count > 0 || parent is { Counts: true };

    /// <summary>The frame that looks ahead alike, and how far, as last looked for.</summary>
    public (int Length, Frame? Frame) Alike { get; set; }
}

/// <summary>One of the places where a parse may be: a node that waits for a byte, and the calls around it.</summary>
internal readonly record struct Place(int Node, Frame? Frame) : IComparable<Place>
{
    public int CompareTo(Place other) => Node != other.Node ? Node.CompareTo(other.Node) : (Frame?.Id ?? -1).CompareTo(other.Frame?.Id ?? -1);
}
