using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model;

namespace GemmaSharp.Prefixes;

/// <summary>
/// Keys and values that conversations left behind, as a tree of blocks: who begins with the same tokens and the same pictures and sounds holds the same
/// blocks. Bounded in bytes: the leaf that was used longest ago goes first. For any number of threads.
/// </summary>
internal sealed class PrefixCache(long mostBytes) : IDisposable
{
    private const long MostUsualBytes = 4L << 30;
    private readonly Lock _gate = new();
    private readonly Dictionary<PrefixTag, PrefixNode> _roots = [];
    private readonly List<PrefixClaim> _claims = [];
    private readonly LinkedList<PrefixNode> _byUse = []; // latest first, a parent before its children
    private bool _disposed;

    /// <summary>Bytes of keys and values kept; blocks that sequences hold too included.</summary>
    public long Bytes { get; private set; }

    /// <summary>A bound where none is given: a quarter of the memory that is free, at most 4 GB.</summary>
    public static long UsualBytes(long free) => Bounded(free / 4);

    /// <summary>No more than is of use where nobody asked for more.</summary>
    public static long Bounded(long bytes) => long.Clamp(bytes, 0, MostUsualBytes);

    /// <summary>
    /// Gives a sequence the longest beginning of a prompt that is kept, if it is longer than what the sequence has; at least one token is left to compute.
    /// Waits while another sequence computes the block that comes next.
    /// </summary>
    /// <param name="tag">Between whom.</param>
    /// <param name="prompt">The prompt; what the sequence holds is a beginning of it.</param>
    /// <param name="most">Tokens that will be computed next, at most; a block or more.</param>
    /// <param name="state">The sequence.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>To be disposed when these tokens are computed and offered, or are not going to be.</returns>
    public PrefixClaim Claim(PrefixTag tag, PrefixToken[] prompt, int most, ModelState state, CancellationToken cancel)
    {
        while (true)
        {
            PrefixClaim? before;
            lock (_gate)
            {
                Extend(tag, prompt.AsSpan()[..^1], state);
                int at = state.Position;
                before = _claims.Find(claim => claim.Promises(tag, prompt, at));
                if (before is null)
                {
                    // A block half computed would be computed by those who wait too.
                    int end = (at + most) / SharedBlocks.Tokens * SharedBlocks.Tokens;
                    PrefixClaim own = new(this, tag, prompt, at, int.Min(end, prompt.Length));
                    _claims.Add(own);
                    return own;
                }
            }

            before.Wait(cancel);
        }
    }

    /// <summary>Keeps what a sequence computed.</summary>
    /// <param name="tag">Between whom.</param>
    /// <param name="tokens">What the sequence holds, position by position.</param>
    /// <param name="state">The sequence.</param>
    /// <param name="tail">Whether a last block that is not full is kept too.</param>
    public void Offer(PrefixTag tag, ReadOnlySpan<PrefixToken> tokens, ModelState state, bool tail)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            if (!_roots.TryGetValue(tag, out PrefixNode? node))
            {
                _roots.Add(tag, node = new PrefixNode());
            }

            for (int index = 0; !tokens.IsEmpty && (tail || tokens.Length >= SharedBlocks.Tokens); index++)
            {
                int count = int.Min(tokens.Length, SharedBlocks.Tokens);
                node = Keep(node, tokens[..count], state, index);
                tokens = tokens[count..];
            }

            Touch(node);
            while (Bytes > mostBytes && _byUse.Last is LinkedListNode<PrefixNode> oldest)
            {
                Drop(oldest.Value);
            }
        }
    }

    /// <summary>Lets go of everything; what is offered later is not kept.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_byUse.Last is LinkedListNode<PrefixNode> last)
            {
                Drop(last.Value);
            }

            _roots.Clear();
        }
    }

    internal void End(PrefixClaim claim)
    {
        lock (_gate)
        {
            _claims.Remove(claim);
        }
    }

    private void Extend(PrefixTag tag, ReadOnlySpan<PrefixToken> prompt, ModelState state)
    {
        PrefixNode? node = _roots.GetValueOrDefault(tag);
        List<PrefixNode> path = [];
        List<SharedBlocks> chain = [];
        int at = 0;
        while (node?.Find(prompt[at..]) is ({ Blocks: SharedBlocks blocks } child, int count))
        {
            path.Add(child);
            chain.Add(blocks);
            at += count;
            node = count == SharedBlocks.Tokens ? child : null;
        }

        // Where a sliding layer had forgotten what comes before the end of the chain, a shorter one may do.
        while (at > state.Position && !state.TryAdopt(chain.ToArray(), at))
        {
            path.RemoveAt(path.Count - 1);
            chain.RemoveAt(chain.Count - 1);
            at = chain.Count * SharedBlocks.Tokens;
        }

        if (path.Count > 0)
        {
            Touch(path[^1]);
        }
    }

    private PrefixNode Keep(PrefixNode parent, ReadOnlySpan<PrefixToken> tokens, ModelState state, int index)
    {
        if (parent.Find(tokens) is ({ Blocks: SharedBlocks kept } known, int count) && count == tokens.Length)
        {
            // A longer one is not replaced: of its tokens the sequence may hold these only.
            Bytes += kept.IsComplete || known.Tokens.Length > count ? 0 : known.Replace(state.Share(index));
            return known;
        }

        SharedBlocks blocks = state.Share(index);
        foreach (PrefixNode shorter in parent.Children.ToArray())
        {
            if (!shorter.IsFull && tokens.CommonPrefixLength(shorter.Tokens) == shorter.Tokens.Length && blocks.IsComplete)
            {
                Drop(shorter);
            }
        }

        PrefixNode child = parent.Add(tokens, blocks);
        _byUse.AddFirst(child.Use!);
        Bytes += blocks.Bytes;
        return child;
    }

    // From the end to the beginning, so that the last in the order is always a leaf.
    private void Touch(PrefixNode node)
    {
        for (PrefixNode? one = node; one is { Use: LinkedListNode<PrefixNode> use }; one = one.Parent)
        {
            _byUse.Remove(use);
            _byUse.AddFirst(use);
        }
    }

    private void Drop(PrefixNode node)
    {
        _byUse.Remove(node.Use!);
        Bytes -= node.Drop();
    }
}
