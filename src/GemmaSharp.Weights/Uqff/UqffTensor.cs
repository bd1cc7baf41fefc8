namespace GemmaSharp.Weights.Uqff;

/// <summary>A weight of a UQFF file under its canonical name, as bytes of a type that the kernels know.</summary>
internal abstract class UqffTensor(WeightEntry entry)
{
    /// <summary>Name, type and shape.</summary>
    public WeightEntry Entry { get; } = entry;

    /// <summary>Reads bytes from <paramref name="offset"/> on.</summary>
    public abstract void Read(long offset, Span<byte> into);
}
