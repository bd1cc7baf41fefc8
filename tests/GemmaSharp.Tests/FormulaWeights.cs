using System.Runtime.InteropServices;
using System.Text;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests;

/// <summary>A checkpoint whose every value follows from its name and place, so that real sizes need no file (README of the fixtures).</summary>
internal sealed class FormulaWeights : IWeightSource
{
    private readonly Dictionary<string, WeightEntry> _byName = [];
    private readonly List<WeightEntry> _entries = [];

    public string Path => "formula";

    public IReadOnlyList<WeightEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public void Add(string name, params long[] shape)
    {
        WeightEntry entry = new(name, "F32", shape, 0, sizeof(float) * shape.Aggregate(1L, (count, size) => count * size), Path);
        _byName.Add(name, entry);
        _entries.Add(entry);
    }

    public WeightEntry? Find(string name) => _byName.GetValueOrDefault(name);

    public void Read(WeightEntry entry, long offset, Span<byte> into)
    {
        (float gain, float added) = Form(entry);
        uint hash = Hash(entry.Name);
        long first = offset / sizeof(float);
        Span<float> values = MemoryMarshal.Cast<byte, float>(into);
        for (int at = 0; at < values.Length; at++)
        {
            values[at] = added + (Unit(hash, (uint)(first + at)) * gain);
        }
    }

    /// <summary>FNV-1a of the name.</summary>
    public static uint Hash(string name)
    {
        uint hash = 2166136261;
        foreach (byte one in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ one) * 16777619;
        }

        return hash;
    }

    /// <summary>A value from -1 to 1.</summary>
    public static float Unit(uint hash, uint index)
    {
        uint x = hash + (index * 0x9E3779B1);
        x ^= x >> 16;
        x *= 0x85EBCA6B;
        x ^= x >> 13;
        x *= 0xC2B2AE35;
        x ^= x >> 16;
        return ((x >> 8) * (1f / (1 << 23))) - 1;
    }

    public void Dispose()
    {
    }

    private static (float Gain, float Added) Form(WeightEntry entry)
    {
        string name = entry.Name;
        if (name.Contains("layer_scale", StringComparison.Ordinal) || name.Contains("per_dim_scale", StringComparison.Ordinal))
        {
            return (0.5f, 0);
        }

        if (name.EndsWith("bias", StringComparison.Ordinal))
        {
            return (0.25f, 0);
        }

        if (name.EndsWith(".embedding.weight", StringComparison.Ordinal))
        {
            return (1, 0);
        }

        if (entry.Shape.Count == 1)
        {
            return (0.25f, 1);
        }

        bool sharp = name.EndsWith("query.proj.weight", StringComparison.Ordinal) || name.EndsWith("key.proj.weight", StringComparison.Ordinal);
        long inputs = entry.ByteCount / sizeof(float) / entry.Shape[0];
        return ((float)((sharp ? 2 : 1) * Math.Sqrt(3.0 / inputs)), 0);
    }
}
