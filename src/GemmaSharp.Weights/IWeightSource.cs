using GemmaSharp.Kernels.Memory;

namespace GemmaSharp.Weights;

/// <summary>A checkpoint: names to types, shapes and bytes. Reading is safe from several threads.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>The file or index the checkpoint was opened from.</summary>
    string Path { get; }

    /// <summary>All tensors, in file order.</summary>
    IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>Text facts that the file carries beside its tensors.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensor of that name, or null.</summary>
    WeightEntry? Find(string name);

    /// <summary>Reads bytes of a tensor, from <paramref name="offset"/> inside it.</summary>
    /// <exception cref="WeightException">The file no longer holds them.</exception>
    void Read(WeightEntry entry, long offset, Span<byte> into);

    /// <summary>Says that bytes of a tensor will be read soon, so that the system can fetch them meanwhile; where it cannot, nothing happens.</summary>
    void Announce(WeightEntry entry, long offset, long length)
    {
    }

    /// <summary>A tensor's bytes where they lie in a mapped file, to be multiplied there; null where they must be read.</summary>
    MappedBytes? Lend(WeightEntry entry) => null;

    /// <summary>Makes sure, before bytes that were lent are touched, that the files still have them.</summary>
    /// <exception cref="WeightException">A file is shorter than it was.</exception>
    void RequireLent()
    {
    }
}
