using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model.Cache;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model;

/// <summary>What one sequence keeps between passes: its position and its keys and values, which are those of one slice.</summary>
public sealed class ModelState : IDisposable
{
    private readonly TextConfig _config;
    private readonly CacheType _cacheType;
    private readonly KeyValueMemory _memory;

    internal ModelState(TextConfig config, ModelSlice slice, int contextLength, CacheType cacheType, KeyValueMemory memory)
    {
        _config = config;
        _cacheType = cacheType;
        ContextLength = contextLength;
        Slice = slice;
        _memory = memory;
        Cache = new KvCache(config, slice.Layers, contextLength, cacheType, memory);
    }

    /// <summary>What of the model computes this sequence.</summary>
    public ModelSlice Slice { get; private set; }

    /// <summary>Tokens seen so far; the next token has this position.</summary>
    public int Position { get; private set; }

    /// <summary>The most tokens this sequence may hold.</summary>
    public int ContextLength { get; }

    /// <summary>Bytes of keys and values held, those that others hold too included.</summary>
    public long Bytes => Cache.Bytes;

    internal KvCache Cache { get; private set; }

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

    /// <summary>Lets another slice of the same model compute the sequence; keys and values of the one before are forgotten.</summary>
    public void Use(ModelSlice slice)
    {
        if (slice != Slice)
        {
            Dispose();
            Slice = slice;
            Cache = new KvCache(_config, slice.Layers, ContextLength, _cacheType, _memory);
        }
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
    /// Takes the place of another sequence of the same slice that saw the same tokens; false, and nothing changed, when a sliding layer had
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
