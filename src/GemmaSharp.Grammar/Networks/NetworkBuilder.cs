namespace GemmaSharp.Grammar.Networks;

/// <summary>Builds a network from its ends to its beginnings: every method takes the node that follows and returns the node to enter.</summary>
internal sealed class NetworkBuilder
{
    /// <summary>Nodes that a grammar may have.</summary>
    public const int MostNodes = 1 << 18;

    private const int MostRules = 1 << 15;

    /// <summary>Copies of a repeated part are laid out up to so many nodes; beyond, a counter counts.</summary>
    private const int MostCopiedNodes = 64;

    private readonly List<Node> _nodes = [new Node(NodeKind.Return), new Node(NodeKind.Match)];
    private readonly List<int> _starts = [];
    private readonly List<string> _names = [];
    private readonly Dictionary<Edge, int> _single = [];

    /// <summary>The end of every rule.</summary>
    public static int Return => 0;

    /// <summary>The node that no byte leaves.</summary>
    public static int Fail => 1;

    public int DeclareRule(string name)
    {
        if (_starts.Count == MostRules)
        {
            throw new GrammarException($"the grammar has more than {MostRules} rules; a smaller one is expected");
        }

        _starts.Add(-1);
        _names.Add(name);
        return _starts.Count - 1;
    }

    public void DefineRule(int rule, int start) => _starts[rule] = start;

    public bool IsDefined(int rule) => _starts[rule] >= 0;

    /// <summary>A place whose node is set later, for loops.</summary>
    public int Reserve() => Add(new Node(NodeKind.Match));

    public void Define(int place, Node node) => _nodes[place] = node;

    public int Match(byte first, byte last, int next)
    {
        Edge edge = new(first, last, next);
        if (!_single.TryGetValue(edge, out int node))
        {
            _single[edge] = node = Match([edge]);
        }

        return node;
    }

    public int Match(Edge[] edges) => Add(new Node(NodeKind.Match) { Edges = edges });

    public int Literal(ReadOnlySpan<byte> bytes, int next)
    {
        for (int at = bytes.Length - 1; at >= 0; at--)
        {
            next = Match(bytes[at], bytes[at], next);
        }

        return next;
    }

    public int Split(params ReadOnlySpan<int> targets)
    {
        HashSet<int> distinct = [.. targets];
        distinct.Remove(Fail);
        return distinct.Count switch
        {
            0 => Fail,
            1 => distinct.First(),
            _ => Add(SplitNode([.. distinct])),
        };
    }

    public static Node SplitNode(params ReadOnlySpan<int> targets)
    {
        Edge[] edges = new Edge[targets.Length];
        for (int at = 0; at < edges.Length; at++)
        {
            edges[at] = new Edge(0, 0, targets[at]);
        }

        return new Node(NodeKind.Split) { Edges = edges };
    }

    public int Call(int rule, int next) => Add(new Node(NodeKind.Call) { Rule = rule, Next = next });

    /// <summary>A part any number of times.</summary>
    public int Loop(Func<int, int> part, int next)
    {
        int place = Reserve();
        Define(place, SplitNode(part(place), next));
        return place;
    }

    /// <summary>A part from min to max times.</summary>
    /// <param name="part">Builds the part before a node.</param>
    /// <param name="cost">About how many nodes the part has, at least 1.</param>
    /// <param name="min">The least times.</param>
    /// <param name="max">The most times; null for no bound.</param>
    /// <param name="next">What follows.</param>
    public int Repeat(Func<int, int> part, long cost, int min, int? max, int next)
    {
        if (max is null)
        {
            return Repeat(part, cost, min, min, Loop(part, next));
        }

        if (max > 1 && cost * max.Value > MostCopiedNodes)
        {
            return Counted(part, min, max.Value, next);
        }

        int node = next;
        for (int count = max.Value; count > 0; count--)
        {
            int start = part(node);
            node = count > min ? Split(start, next) : start;
        }

        return node;
    }

    /// <summary>About how many nodes a repeated part has.</summary>
    public static long CostOfRepeat(long cost, int min, int? max)
    {
        const int counted = 2;
        int copies = max ?? min;
        long laidOut = cost * copies;
        return (copies > 1 && laidOut > MostCopiedNodes ? counted : laidOut + 1) + (max is null ? cost + 1 : 0);
    }

    /// <summary>Takes the rules of another network over; gives the rule that it begins with.</summary>
    public int Import(Network other)
    {
        // Both begin with the end of rules and the node that no byte leaves.
        int nodes = _nodes.Count - 2, rules = _starts.Count;
        int Moved(int node) => node < 2 ? node : node + nodes;
        foreach (Node node in other.Nodes.Skip(2))
        {
            Add(node with { Edges = [.. node.Edges.Select(edge => edge with { To = Moved(edge.To) })], Rule = node.Rule < 0 ? -1 : node.Rule + rules, Next = Moved(node.Next) });
        }

        for (int rule = 0; rule < other.Starts.Length; rule++)
        {
            DefineRule(DeclareRule(other.Names[rule]), Moved(other.Starts[rule]));
        }

        int root = DeclareRule("a whole grammar");
        DefineRule(root, Moved(other.Start));
        return root;
    }

    public Network Build(int root, int mostDepth)
    {
        int missing = _starts.IndexOf(-1);
        return missing < 0
            ? new Network([.. _nodes], [.. _starts], [.. _names], root, mostDepth)
            : throw new GrammarException($"rule '{_names[missing]}' is used and not defined; a definition of it is expected");
    }

    private int Counted(Func<int, int> part, int min, int max, int next)
    {
        int rule = DeclareRule("a repeated part");
        DefineRule(rule, part(Return));
        return Add(new Node(NodeKind.Repeat) { Rule = rule, Min = min, Max = max, Next = next });
    }

    private int Add(Node node)
    {
        if (_nodes.Count == MostNodes)
        {
            throw new GrammarException($"the grammar has more than {MostNodes} nodes; a smaller one is expected");
        }

        _nodes.Add(node);
        return _nodes.Count - 1;
    }
}
