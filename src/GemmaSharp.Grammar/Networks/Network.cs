namespace GemmaSharp.Grammar.Networks;

/// <summary>
/// A grammar as nodes over bytes and rules that call each other. Checked when made: it has a text, ends at some depth from every node that
/// may be entered, and no rule begins with itself.
/// </summary>
internal sealed class Network
{
    private readonly int[] _depths;

    public Network(Node[] nodes, int[] starts, string[] names, int root, int mostDepth)
    {
        Nodes = nodes;
        Starts = starts;
        Names = names;
        MostDepth = mostDepth;
        NodeCosts empty = new(this, crossesBytes: false);
        LeftRecursion.Refuse(this, empty);
        for (int at = 0; at < nodes.Length; at++)
        {
            if (nodes[at].Kind == NodeKind.Repeat && empty[starts[nodes[at].Rule]] != NodeCosts.Never)
            {
                throw new GrammarException($"a part that may be empty is repeated up to {nodes[at].Max} times; a part that is never empty, or * in place of the count, is expected");
            }
        }

        NodeCosts depths = new(this, crossesBytes: true);
        _depths = [.. Enumerable.Range(0, nodes.Length).Select(node => depths[node])];
        Start = starts[root];
        if (_depths[Start] > mostDepth)
        {
            throw new GrammarException(_depths[Start] == NodeCosts.Never
                ? "the grammar has no text: every way through it asks for something impossible"
                : $"the shortest text of the grammar nests {_depths[Start]} rules, at most {mostDepth} are expected");
        }

        Classes = new ByteClasses(nodes);
    }

    public Node[] Nodes { get; }

    /// <summary>The first node of every rule.</summary>
    public int[] Starts { get; }

    public string[] Names { get; }

    public int Start { get; }

    /// <summary>Calls that may be open at once.</summary>
    public int MostDepth { get; }

    public ByteClasses Classes { get; }

    /// <summary>The calls that must still be open at once, at least, to come from a node to the end of its rule.</summary>
    public int DepthFrom(int node) => _depths[node];

    /// <summary>Whether a call of this node has nothing to come back for.</summary>
    public bool IsTail(int next) => Nodes[next].Kind == NodeKind.Return;
}
