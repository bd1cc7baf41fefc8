using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.Cache;

/// <summary>The caches of the layers that own one, and which of them each layer reads.</summary>
internal sealed class KvCache : IDisposable
{
    private readonly LayerCache[] _owned;
    private readonly LayerCache[] _byLayer;

    public KvCache(TextConfig config, int contextLength, CacheType type)
    {
        _owned = new LayerCache[config.FirstSharedLayer];
        _byLayer = new LayerCache[config.LayerCount];
        for (int layer = 0; layer < _byLayer.Length; layer++)
        {
            if (layer < _owned.Length)
            {
                int window = config.LayerKinds[layer] == LayerKind.Sliding ? config.SlidingWindow : int.MaxValue;
                _owned[layer] = new LayerCache(new KeyValueStore(type, config.KeyValueHeadCount, config.HeadDim, contextLength), window);
            }

            _byLayer[layer] = _owned[config.CacheLayer(layer)];
        }
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

    public void Dispose()
    {
        foreach (LayerCache cache in _owned)
        {
            cache.Dispose();
        }
    }
}
