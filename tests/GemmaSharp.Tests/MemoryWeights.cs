using System.Runtime.InteropServices;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests;

/// <summary>A checkpoint made in memory, in float32 or rounded to bfloat16.</summary>
internal sealed class MemoryWeights(bool bfloat16 = false) : IWeightSource
{
    private readonly Dictionary<string, (WeightEntry Entry, float[] Values)> _tensors = [];

    public string Path => "memory";

    public IReadOnlyList<WeightEntry> Entries => [.. _tensors.Values.Select(one => one.Entry)];

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    private int ElementSize => bfloat16 ? sizeof(ushort) : sizeof(float);

    /// <summary>Adds a tensor; with bfloat16 the values are cut to it first.</summary>
    public void Add(string name, float[] values, params int[] shape)
    {
        Assert.Equal(shape.Aggregate(1, (count, size) => count * size), values.Length);
        float[] stored = bfloat16 ? Array.ConvertAll(values, value => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000)) : values;
        long[] sizes = Array.ConvertAll(shape, size => (long)size);
        _tensors[name] = (new WeightEntry(name, bfloat16 ? "BF16" : "F32", sizes, 0, (long)values.Length * ElementSize, Path), stored);
    }

    /// <summary>The values as stored, in double precision.</summary>
    public double[] Doubles(string name) => Array.ConvertAll(_tensors[name].Values, value => (double)value);

    public void Remove(string name) => _tensors.Remove(name);

    public WeightEntry? Find(string name) => _tensors.TryGetValue(name, out (WeightEntry Entry, float[] Values) one) ? one.Entry : null;

    public void Read(WeightEntry entry, long offset, Span<byte> into)
    {
        float[] values = _tensors[entry.Name].Values;
        int first = (int)(offset / ElementSize), count = into.Length / ElementSize;
        if (bfloat16)
        {
            Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(into);
            for (int at = 0; at < count; at++)
            {
                halves[at] = (ushort)(BitConverter.SingleToUInt32Bits(values[first + at]) >> 16);
            }
        }
        else
        {
            MemoryMarshal.AsBytes(values.AsSpan(first, count)).CopyTo(into);
        }
    }

    public void Dispose()
    {
    }
}
