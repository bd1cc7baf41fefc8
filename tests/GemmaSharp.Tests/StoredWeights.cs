using GemmaSharp.Weights;

namespace GemmaSharp.Tests;

/// <summary>A checkpoint of bytes in memory, of any element type.</summary>
internal sealed class StoredWeights(IReadOnlyList<(WeightEntry Entry, byte[] Data)> tensors) : IWeightSource
{
    public string Path => "memory";

    public IReadOnlyList<WeightEntry> Entries { get; } = [.. tensors.Select(tensor => tensor.Entry)];

    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>();

    public static (WeightEntry Entry, byte[] Data) Tensor(string name, string type, byte[] data, params long[] shape) =>
        (new WeightEntry(name, type, shape, 0, data.Length, "memory"), data);

    public WeightEntry? Find(string name) => Entries.FirstOrDefault(entry => entry.Name == name);

    public void Read(WeightEntry entry, long offset, Span<byte> into) =>
        tensors.First(tensor => tensor.Entry.Name == entry.Name).Data.AsSpan((int)offset, into.Length).CopyTo(into);

    public void Dispose()
    {
    }
}
