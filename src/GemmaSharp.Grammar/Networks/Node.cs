namespace GemmaSharp.Grammar.Networks;

/// <summary>What a node of the network asks for.</summary>
internal enum NodeKind : byte
{
    /// <summary>One byte, by one of the edges.</summary>
    Match,

    /// <summary>Nothing; every edge may be taken.</summary>
    Split,

    /// <summary>A rule, then the next node.</summary>
    Call,

    /// <summary>A rule between two numbers of times, then the next node.</summary>
    Repeat,

    /// <summary>The end of a rule.</summary>
    Return,
}

/// <summary>A range of bytes and where it leads; of a split only the target counts.</summary>
internal readonly record struct Edge(byte First, byte Last, int To);

/// <summary>One node. Rules are named by their number.</summary>
internal readonly record struct Node(NodeKind Kind)
{
    public Edge[] Edges { get; init; } = [];

    public int Rule { get; init; } = -1;

    public int Next { get; init; } = -1;

    public int Min { get; init; }

    public int Max { get; init; }
}
