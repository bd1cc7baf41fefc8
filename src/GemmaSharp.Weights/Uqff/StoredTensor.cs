namespace GemmaSharp.Weights.Uqff;

/// <summary>Bytes of a file with the type and shape that they are said to have.</summary>
/// <param name="File">The file.</param>
/// <param name="Entry">The entry of the file that holds them.</param>
/// <param name="Start">Where they begin in the entry.</param>
/// <param name="TypeName">Element type in safetensors' spelling.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="ByteCount">Their number.</param>
internal sealed record StoredTensor(IWeightSource File, WeightEntry Entry, long Start, string TypeName, IReadOnlyList<long> Shape, long ByteCount)
{
    /// <summary>A whole entry.</summary>
    public static StoredTensor Of(IWeightSource file, WeightEntry entry) => new(file, entry, 0, entry.TypeName, entry.Shape, entry.ByteCount);

    /// <summary>Type and shape as text.</summary>
    public string Facts => $"{TypeName} [{string.Join(", ", Shape)}]";

    /// <summary>Whether type and shape are these.</summary>
    public bool Is(string type, params ReadOnlySpan<long> shape)
    {
        bool same = TypeName == type && Shape.Count == shape.Length;
        for (int dimension = 0; same && dimension < shape.Length; dimension++)
        {
            same = Shape[dimension] == shape[dimension];
        }

        return same;
    }

    /// <summary>Reads bytes from <paramref name="offset"/> on.</summary>
    public void Read(long offset, Span<byte> into) => File.Read(Entry, Start + offset, into);

    /// <summary>The entry under another name, type and shape.</summary>
    public WeightEntry As(string name, string type, IReadOnlyList<long> shape, long byteCount) =>
        new(name, type, shape, Entry.Offset + Start, byteCount, Entry.File);

    /// <summary>An error that names the file and the entry.</summary>
    public WeightException Error(string what) => new($"{Entry.File}: {Entry.Name}: {what}");
}
