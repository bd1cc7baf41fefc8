using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model.Cache;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model;

/// <summary>What one sequence keeps between passes: its position and its keys and values.</summary>
public sealed class ModelState : IDisposable
{
    internal ModelState(TextConfig config, int contextLength, CacheType cacheType)
    {
        ContextLength = contextLength;
        Cache = new KvCache(config, contextLength, cacheType);
    }

    /// <summary>Tokens seen so far; the next token has this position.</summary>
    public int Position { get; private set; }

    /// <summary>The most tokens this sequence may hold.</summary>
    public int ContextLength { get; }

    /// <summary>Bytes of keys and values held.</summary>
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

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Position = 0;
        Cache.Dispose();
    }

    internal void Advance(int tokens) => Position += tokens;
}
