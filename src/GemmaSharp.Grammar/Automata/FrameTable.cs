using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Automata;

/// <summary>One object for every frame in use.</summary>
internal sealed class FrameTable(Network network)
{
    private readonly Dictionary<(int Node, int Count, int Parent), Frame> _frames = [];
    private int _ids;

    public int Count => _frames.Count;

    public void Clear() => _frames.Clear();

    public Frame Get(int node, int count, Frame? parent)
    {
        (int, int, int) key = (node, count, parent?.Id ?? -1);
        if (!_frames.TryGetValue(key, out Frame? frame))
        {
            _frames[key] = frame = new Frame(_ids++, node, count, parent);
        }

        return frame;
    }

    /// <summary>A frame of before <see cref="Clear"/> as one of now.</summary>
    public Frame? Renew(Frame? frame) => frame is null ? null : Get(frame.Node, frame.Count, Renew(frame.Parent));

    /// <summary>
    /// The frame that lets the same texts of some length follow: counts further from their bounds than the text is long make no difference,
    /// so all of these share a frame. Every time around takes a byte, so a length of bytes bounds the times.
    /// </summary>
    public Frame? Alike(Frame? frame, int length)
    {
        if (frame is not { Counts: true })
        {
            return frame;
        }

        if (frame.Alike.Frame is null || frame.Alike.Length != length)
        {
            frame.Alike = (length, Get(frame.Node, frame.Count == 0 ? 0 : AlikeCount(network.Nodes[frame.Node], frame.Count, length), Alike(frame.Parent, length)));
        }

        return frame.Alike.Frame;
    }

    /// <summary>The length up to which a frame's counts are all far from their bounds, or reached.</summary>
    public int Margin(Frame? frame)
    {
        int margin = int.MaxValue;
        for (; frame is { Counts: true }; frame = frame.Parent)
        {
            if (frame.Count > 0)
            {
                Node node = network.Nodes[frame.Node];
                int missing = node.Min - frame.Count;
                margin = int.Min(margin, int.Min(node.Max - frame.Count, missing > 0 ? missing : int.MaxValue) - 1);
            }
        }

        return margin;
    }

    private static int AlikeCount(Node node, int count, int length)
    {
        int missing = int.Max(0, node.Min - count), left = node.Max - count;
        return left <= length ? count : missing > length ? 1 : missing == 0 ? int.Max(1, node.Min) : count;
    }
}
