using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;

namespace GemmaSharp.Benchmarks;

/// <summary>A checkpoint without a file: every tensor is made when it is read.</summary>
internal sealed class FormulaSource(WeightType type) : IWeightSource
{
    private readonly Dictionary<string, WeightEntry> _entries = [];

    public string Path => "formula";

    public IReadOnlyList<WeightEntry> Entries => [.. _entries.Values];

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    private int Size => type == WeightType.F32 ? sizeof(float) : sizeof(ushort);

    public void Add(string name, params ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
        {
            count *= size;
        }

        _entries.Add(name, new WeightEntry(name, type.ToString(), shape.ToArray(), 0, count * Size, Path));
    }

    public WeightEntry? Find(string name) => _entries.GetValueOrDefault(name);

    public void Read(WeightEntry entry, long offset, Span<byte> into)
    {
        float[] values = new float[into.Length / Size];
        FormulaWeights.Fill(entry.Name, values, offset / Size);
        (float center, float spread) = Range(entry);
        for (int at = 0; at < values.Length; at++)
        {
            values[at] = center + (spread * values[at]);
        }

        FormulaWeights.Store(type, values, into);
    }

    public void Dispose()
    {
    }

    private static (float Center, float Spread) Range(WeightEntry entry)
    {
        string name = entry.Name;
        if (name.Contains("layer_scale", StringComparison.Ordinal) || name.Contains("per_dim_scale", StringComparison.Ordinal))
        {
            return (0, 0.5f);
        }

        if (name.EndsWith("bias", StringComparison.Ordinal))
        {
            return (0, 0.25f);
        }

        if (entry.Shape.Count == 1)
        {
            return (1, 0.25f);
        }

        bool sharp = name.EndsWith("query.proj.weight", StringComparison.Ordinal) || name.EndsWith("key.proj.weight", StringComparison.Ordinal);
        double inputs = 1;
        for (int dimension = 1; dimension < entry.Shape.Count; dimension++)
        {
            inputs *= entry.Shape[dimension];
        }

        return (0, (float)((sharp ? 2 : 1) * double.Sqrt(3 / inputs)));
    }
}
