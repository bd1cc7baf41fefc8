using GemmaSharp.Model.Config;
using GemmaSharp.Model.Text;

namespace GemmaSharp.Model;

/// <summary>
/// What runs of a loaded decoder: all of it, or a MatFormer slice over the same weights, with the bits of a model that was loaded as that slice.
/// Its modules keep the parent's numbers: caches, sparsity and donors of keys and values are the parent's of each layer that stays.
/// </summary>
public sealed class ModelSlice
{
    internal ModelSlice(string? name, TextConfig config, IReadOnlyList<int> layers, DecoderLayer[] decoder)
    {
        Name = name;
        Config = config;
        Layers = layers;
        Decoder = decoder;
    }

    /// <summary>What users call it; null for the whole model.</summary>
    public string? Name { get; }

    /// <summary>The config of what runs.</summary>
    public TextConfig Config { get; }

    /// <summary>The parent's number of every layer that runs, in order.</summary>
    public IReadOnlyList<int> Layers { get; }

    internal DecoderLayer[] Decoder { get; }

    /// <summary>Whether another slice of the model runs every layer of this one.</summary>
    public bool IsWithin(ModelSlice other)
    {
        foreach (int layer in Layers)
        {
            if (!other.Layers.Contains(layer))
            {
                return false;
            }
        }

        return true;
    }
}
