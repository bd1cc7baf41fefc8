using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Automata;

/// <summary>Follows everything that takes no byte, from some places to all nodes that wait for one.</summary>
internal sealed class Closure(Network network, FrameTable frames)
{
    private const int MostPlaces = 1 << 12;
    private const int MostVisited = 1 << 16;
    private readonly HashSet<Place> _seen = [];
    private readonly Stack<Place> _open = new();
    private readonly List<Place> _found = [];

    /// <summary>Whether the end of the text was reached.</summary>
    public bool Accepts { get; private set; }

    /// <summary>The most open calls that any way asked for.</summary>
    public int Peak { get; private set; }

    /// <summary>Places looked at since the beginning.</summary>
    public long Work { get; private set; }

    public void Begin()
    {
        _seen.Clear();
        _found.Clear();
        Accepts = false;
        Peak = 0;
    }

    /// <summary>Adds a place to start from; one that could not end within the depth is left out.</summary>
    public void Add(int node, Frame? frame)
    {
        int needed = network.DepthFrom(node);
        if (needed == NodeCosts.Never)
        {
            return;
        }

        int depth = (frame?.Depth ?? 0) + needed;
        Peak = int.Max(Peak, depth);
        Place place = new(node, frame);
        if (depth <= network.MostDepth && _seen.Add(place))
        {
            _open.Push(place);
        }
    }

    /// <summary>The nodes that wait for a byte, in order.</summary>
    public Place[] Finish()
    {
        while (_open.TryPop(out Place place))
        {
            Visit(network.Nodes[place.Node], place);
            if (_found.Count > MostPlaces || _seen.Count > MostVisited)
            {
                throw new GrammarException($"the grammar reads the text in more than {MostPlaces} ways at once; a less ambiguous one is expected");
            }
        }

        Work += _seen.Count;
        _found.Sort();
        return [.. _found];
    }

    private void Visit(Node node, Place place)
    {
        switch (node.Kind)
        {
            case NodeKind.Match:
                _found.Add(place);
                break;
            case NodeKind.Split:
                foreach (Edge edge in node.Edges)
                {
                    Add(edge.To, place.Frame);
                }

                break;
            case NodeKind.Call:
                Add(network.Starts[node.Rule], network.IsTail(node.Next) ? place.Frame : frames.Get(node.Next, 0, place.Frame));
                break;
            case NodeKind.Repeat:
                Again(place.Node, 0, place.Frame);
                break;
            default:
                Leave(place.Frame);
                break;
        }
    }

    private void Leave(Frame? frame)
    {
        if (frame is null)
        {
            Accepts = true;
        }
        else if (frame.Count == 0)
        {
            Add(frame.Node, frame.Parent);
        }
        else
        {
            Again(frame.Node, frame.Count, frame.Parent);
        }
    }

    // After so many times: go on, begin once more, or both.
    private void Again(int at, int count, Frame? frame)
    {
        Node node = network.Nodes[at];
        if (count >= node.Min)
        {
            Add(node.Next, frame);
        }

        if (count < node.Max)
        {
            Add(network.Starts[node.Rule], frames.Get(at, count + 1, frame));
        }
    }
}
