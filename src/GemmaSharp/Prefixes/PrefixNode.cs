using GemmaSharp.Kernels.KeyValues;

namespace GemmaSharp.Prefixes;

/// <summary>Keys and values of the tokens behind those of its parent: of a whole block, or of a block's beginning, then without children.</summary>
internal sealed class PrefixNode
{
    private readonly List<PrefixNode> _children = [];

    /// <summary>The place before the first token.</summary>
    public PrefixNode() => Tokens = [];

    private PrefixNode(PrefixNode parent, PrefixToken[] tokens, SharedBlocks blocks)
    {
        (Parent, Tokens, Blocks) = (parent, tokens, blocks);
        Use = new LinkedListNode<PrefixNode>(this);
    }

    public PrefixNode? Parent { get; }

    public PrefixToken[] Tokens { get; }

    /// <summary>Null before the first token.</summary>
    public SharedBlocks? Blocks { get; private set; }

    /// <summary>Its place in the order of use; null before the first token.</summary>
    public LinkedListNode<PrefixNode>? Use { get; }

    public bool IsFull => Tokens.Length == SharedBlocks.Tokens;

    public bool HasChildren => _children.Count > 0;

    public IReadOnlyList<PrefixNode> Children => _children;

    public PrefixNode Add(ReadOnlySpan<PrefixToken> tokens, SharedBlocks blocks)
    {
        PrefixNode child = new(this, tokens.ToArray(), blocks);
        _children.Add(child);
        return child;
    }

    /// <summary>The child with most of what comes next, and how many tokens that are. Ids and hashes are compared, so no two texts are taken for one.</summary>
    public (PrefixNode? Child, int Count) Find(ReadOnlySpan<PrefixToken> next)
    {
        (PrefixNode? Child, int Count) best = default;
        foreach (PrefixNode child in _children)
        {
            int count = next.CommonPrefixLength(child.Tokens);
            best = count > best.Count ? (child, count) : best;
        }

        return best;
    }

    /// <summary>Takes what the same tokens gave another time, if it is more; returns the bytes won.</summary>
    public long Replace(SharedBlocks blocks)
    {
        long won = blocks.Bytes - (Blocks?.Bytes ?? 0);
        (won > 0 ? Blocks : blocks)?.Dispose();
        Blocks = won > 0 ? blocks : Blocks;
        return long.Max(0, won);
    }

    /// <summary>Leaves its parent and lets go of its blocks; returns their bytes.</summary>
    public long Drop()
    {
        Parent?._children.Remove(this);
        long bytes = Blocks?.Bytes ?? 0;
        Blocks?.Dispose();
        return bytes;
    }
}
