namespace GemmaSharp.Grammar.Networks;

/// <summary>
/// For every node the least number of nested calls on a way to the end of its rule; of nodes without a way, <see cref="Never"/>. A call costs
/// max(1 + cost of the rule's start, cost of what follows), other nodes the least of their targets. These are superior functions, so Knuth's
/// generalisation of Dijkstra's method settles every node once, in order of cost.
/// </summary>
internal sealed class NodeCosts
{
    public const int Never = int.MaxValue;
    private readonly Network _network;
    private readonly bool _crossesBytes;
    private readonly int[] _costs;
    private readonly List<int>[] _users;
    private readonly PriorityQueue<int, int> _open = new();

    /// <param name="network">Whose nodes.</param>
    /// <param name="crossesBytes">Whether a way may take bytes; without, only nodes that can match nothing have one.</param>
    public NodeCosts(Network network, bool crossesBytes)
    {
        _network = network;
        _crossesBytes = crossesBytes;
        _costs = new int[network.Nodes.Length];
        Array.Fill(_costs, Never);
        _users = new List<int>[network.Nodes.Length];
        for (int node = 0; node < _users.Length; node++)
        {
            Register(node);
        }

        Settle();
    }

    public int this[int node] => _costs[node];

    private void Register(int at)
    {
        Node node = _network.Nodes[at];
        switch (node.Kind)
        {
            case NodeKind.Return:
                _open.Enqueue(at, 0);
                break;
            case NodeKind.Match or NodeKind.Split:
                foreach (Edge edge in node.Kind == NodeKind.Split || _crossesBytes ? node.Edges : [])
                {
                    AddUser(edge.To, at);
                }

                break;
            default:
                AddUser(_network.Starts[node.Rule], at);
                AddUser(node.Next, at);
                break;
        }
    }

    private void AddUser(int target, int user) => (_users[target] ??= []).Add(user);

    private void Settle()
    {
        while (_open.TryDequeue(out int node, out int cost))
        {
            if (_costs[node] != Never)
            {
                continue;
            }

            _costs[node] = cost;
            foreach (int user in _users[node] ?? [])
            {
                if (_costs[user] == Never && CostOf(user) is int found and not Never)
                {
                    _open.Enqueue(user, found);
                }
            }
        }
    }

    private int CostOf(int at)
    {
        Node node = _network.Nodes[at];
        if (node.Kind is NodeKind.Match or NodeKind.Split)
        {
            return node.Edges.Min(edge => _costs[edge.To]);
        }

        int inside = _costs[_network.Starts[node.Rule]], after = _costs[node.Next];
        inside = node.Kind == NodeKind.Repeat && node.Min == 0 ? -1 : inside;
        int frames = node.Kind == NodeKind.Call && _network.IsTail(node.Next) ? 0 : 1;
        return inside == Never || after == Never ? Never : int.Max(inside + frames, after);
    }
}
