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
    private ModelSlice? _drafted;
    private int _draftedFrom;

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

    /// <summary>
    /// Lets a smaller slice compute the next tokens over the keys and values that are there, to guess by: cheaper than a sequence of its own, and not what the slice
    /// alone would say. <see cref="EndDraft"/> takes them back.
    /// </summary>
    /// <param name="slice">Of the same model; each of its layers runs in this sequence.</param>
    /// <exception cref="ArgumentException">The slice has a layer whose keys and values this sequence lacks.</exception>
    /// <exception cref="InvalidOperationException">A draft is not ended.</exception>
    public void BeginDraft(ModelSlice slice)
    {
        if (_drafted is not null)
        {
            throw new InvalidOperationException("a draft is not ended and another begins");
        }

        if (!slice.IsWithin(Slice))
        {
            throw new ArgumentException($"slice {slice.Name} has layers that slice {Slice.Name} skips and cannot draft for it", nameof(slice));
        }

        (_drafted, _draftedFrom, Slice) = (Slice, Position, slice);
    }

    /// <summary>Goes back to where the draft began.</summary>
    /// <exception cref="InvalidOperationException">None began.</exception>
    public void EndDraft()
    {
        Slice = _drafted ?? throw new InvalidOperationException("a draft ends that did not begin");
        _drafted = null;
        Cache.Truncate(_draftedFrom);
        Position = _draftedFrom;
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
