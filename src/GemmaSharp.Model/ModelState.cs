using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model.Cache;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model;

/// <summary>What one sequence keeps between passes: its position and its keys and values.</summary>
public sealed class ModelState : IDisposable
{
    internal ModelState(TextConfig config, int contextLength, CacheType cacheType, KeyValueMemory memory)
    {
        ContextLength = contextLength;
        Cache = new KvCache(config, contextLength, cacheType, memory);
    }

    /// <summary>Tokens seen so far; the next token has this position.</summary>
    public int Position { get; private set; }

    /// <summary>The most tokens this sequence may hold.</summary>
    public int ContextLength { get; }

    /// <summary>Bytes of keys and values held, those that others hold too included.</summary>
    public long Bytes => Cache.Bytes;

    internal KvCache Cache { get; }

    /// <summary>Goes back to an earlier position; false, and nothing changed, when a sliding layer has forgotten what the next token would see.</summary>
    public bool TryTruncate(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Position);
        if (!Cache.TryTruncate(position))
        {
            return false;
        }

        Position = position;
        return true;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Cache.Truncate(0);
        Position = 0;
    }

    /// <summary>Holds the keys and values of 128 positions, or of those seen where the last are not full; a sliding layer may have forgotten them.</summary>
    /// <param name="index">The first position is 128 times this.</param>
    public SharedBlocks Share(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index * SharedBlocks.Tokens, Position);
        return Cache.Share(index);
    }

    /// <summary>
    /// Takes the place of another sequence of the same model that saw the same tokens; false, and nothing changed, when a sliding layer had
    /// forgotten what the next token would see.
    /// </summary>
    /// <param name="chain">What <see cref="Share"/> gave, from 0 on; exactly the blocks that hold the positions before <paramref name="position"/>.</param>
    /// <param name="position">The position that comes next.</param>
    public bool TryAdopt(ReadOnlySpan<SharedBlocks> chain, int position)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(chain.Length, (position + SharedBlocks.Tokens - 1) / SharedBlocks.Tokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, ContextLength);
        if (!Cache.TryAdopt(chain, position))
        {
            return false;
        }

        Position = position;
        return true;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Position = 0;
        Cache.Dispose();
    }

    internal void Advance(int tokens) => Position += tokens;
}
