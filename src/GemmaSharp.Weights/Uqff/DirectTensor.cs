namespace GemmaSharp.Weights.Uqff;

/// <summary>A weight whose bytes stand in the file as they are wanted.</summary>
internal sealed class DirectTensor(WeightEntry entry, StoredTensor stored) : UqffTensor(entry)
{
    public override void Read(long offset, Span<byte> into) => stored.Read(offset, into);
}
