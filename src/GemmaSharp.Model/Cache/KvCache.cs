using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.Cache;

/// <summary>The caches of the layers that own one, and which of them each layer reads; layers bear the numbers of the whole model.</summary>
internal sealed class KvCache : IDisposable
{
    private readonly LayerCache[] _owned;
    private readonly Dictionary<int, LayerCache> _byLayer = [];
    private readonly KeyValueStore[] _stores;

    /// <summary>Empty caches.</summary>
    /// <param name="config">Of the whole model.</param>
    /// <param name="layers">Which of its layers run, ascending; with a layer runs the one whose keys and values it reads.</param>
    /// <param name="contextLength">The most tokens.</param>
    /// <param name="type">How keys and values are stored.</param>
    /// <param name="memory">Counts their bytes.</param>
    public KvCache(TextConfig config, IReadOnlyList<int> layers, int contextLength, CacheType type, KeyValueMemory memory)
    {
        foreach (int layer in layers)
        {
            if (layer < config.FirstSharedLayer)
            {
                int window = config.LayerKinds[layer] == LayerKind.Sliding ? config.SlidingWindow : int.MaxValue;
                _byLayer[layer] = new LayerCache(new KeyValueStore(type, config.KeyValueHeadCount, config.HeadDim, contextLength, memory), window);
            }
            else
            {
                _byLayer[layer] = _byLayer[config.CacheLayer(layer)];
            }
        }

        _owned = [.. _byLayer.Values.Distinct()];
        _stores = Array.ConvertAll(_owned, cache => cache.Store);
    }

    public long Bytes
    {
        get
        {
            long bytes = 0;
            foreach (LayerCache cache in _owned)
            {
                bytes += cache.Store.Bytes;
            }

            return bytes;
        }
    }

    /// <summary>The cache that a layer reads: its own, or its donor's.</summary>
    public LayerCache ForLayer(int layer) => _byLayer[layer];

    /// <summary>Goes back to <paramref name="position"/> if every layer still holds what the next token sees.</summary>
    public bool TryTruncate(int position)
    {
        foreach (LayerCache cache in _owned)
        {
            if (!cache.CanTruncate(position))
            {
                return false;
            }
        }

        Truncate(position);
        return true;
    }

    /// <summary>Drops everything from <paramref name="position"/> on.</summary>
    public void Truncate(int position)
    {
        foreach (LayerCache cache in _owned)
        {
            cache.Truncate(position);
        }
    }

    /// <summary>Holds the blocks of one place, of every layer that has not forgotten it.</summary>
    public SharedBlocks Share(int index) => new(_stores, index);

    /// <summary>Becomes what others computed up to <paramref name="position"/>, if their blocks hold what the next token sees in every layer.</summary>
    public bool TryAdopt(ReadOnlySpan<SharedBlocks> chain, int position)
    {
        for (int number = 0; number < _owned.Length; number++)
        {
            if (!_owned[number].CanAdopt(chain, number, position))
            {
                return false;
            }
        }

        for (int number = 0; number < _owned.Length; number++)
        {
            _owned[number].Adopt(chain, number, position);
        }

        return true;
    }

    public void Dispose()
    {
        foreach (LayerCache cache in _owned)
        {
            cache.Dispose();
        }
    }
}
