namespace GemmaSharp.Grammar.Networks;

/// <summary>Finds rules that come back to themselves before a byte is taken; such a rule could be entered without end.</summary>
internal static class LeftRecursion
{
    private enum Mark : byte
    {
        New,
        Open,
        Done,
    }

    /// <exception cref="GrammarException">A rule is left recursive; the message names it.</exception>
    public static void Refuse(Network network, NodeCosts empty)
    {
        List<int>[] firsts = new List<int>[network.Starts.Length];
        bool[] seen = new bool[network.Nodes.Length];
        for (int rule = 0; rule < firsts.Length; rule++)
        {
            firsts[rule] = FirstRules(network, empty, network.Starts[rule], seen);
        }

        Mark[] marks = new Mark[firsts.Length];
        for (int rule = 0; rule < firsts.Length; rule++)
        {
            if (marks[rule] == Mark.New)
            {
                Search(network, firsts, marks, rule);
            }
        }
    }

    // Rules entered from a node before any byte.
    private static List<int> FirstRules(Network network, NodeCosts empty, int start, bool[] seen)
    {
        List<int> rules = [], visited = [];
        Stack<int> open = new([start]);
        while (open.TryPop(out int at))
        {
            if (seen[at])
            {
                continue;
            }

            seen[at] = true;
            visited.Add(at);
            Node node = network.Nodes[at];
            if (node.Kind == NodeKind.Split)
            {
                foreach (Edge edge in node.Edges)
                {
                    open.Push(edge.To);
                }
            }
            else if (node.Kind is NodeKind.Call or NodeKind.Repeat)
            {
                rules.Add(node.Rule);
                if (empty[network.Starts[node.Rule]] != NodeCosts.Never || (node.Kind == NodeKind.Repeat && node.Min == 0))
                {
                    open.Push(node.Next);
                }
            }
        }

        visited.ForEach(at => seen[at] = false);
        return rules;
    }

    private static void Search(Network network, List<int>[] firsts, Mark[] marks, int root)
    {
        Stack<(int Rule, int Next)> path = new([(root, 0)]);
        marks[root] = Mark.Open;
        while (path.TryPop(out (int Rule, int Next) place))
        {
            if (place.Next == firsts[place.Rule].Count)
            {
                marks[place.Rule] = Mark.Done;
                continue;
            }

            path.Push((place.Rule, place.Next + 1));
            int first = firsts[place.Rule][place.Next];
            if (marks[first] == Mark.Open)
            {
                throw new GrammarException($"rule '{network.Names[first]}' begins with itself; a rule that takes something first is expected");
            }

            if (marks[first] == Mark.New)
            {
                marks[first] = Mark.Open;
                path.Push((first, 0));
            }
        }
    }
}
