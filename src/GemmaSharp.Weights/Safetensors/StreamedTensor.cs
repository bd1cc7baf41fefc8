namespace GemmaSharp.Weights.Safetensors;

/// <summary>A tensor to be written whose bytes are made meanwhile.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">Its element type in safetensors' spelling.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="ByteCount">Bytes of data.</param>
/// <param name="Data">Little-endian bytes in pieces; a piece is done with when the next is asked for.</param>
public sealed record StreamedTensor(string Name, string TypeName, IReadOnlyList<long> Shape, long ByteCount, IEnumerable<ReadOnlyMemory<byte>> Data)
{
    private const int PieceBytes = 1 << 20;

    /// <summary>A tensor of a checkpoint under another name, its bytes as they are.</summary>
    public static StreamedTensor Copy(IWeightSource source, WeightEntry entry, string name) => new(name, entry.TypeName, entry.Shape, entry.ByteCount, Pieces(source, entry));

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(IWeightSource source, WeightEntry entry)
    {
        byte[] bytes = new byte[long.Min(PieceBytes, entry.ByteCount)];
        for (long offset = 0; offset < entry.ByteCount; offset += bytes.Length)
        {
            Memory<byte> piece = bytes.AsMemory(0, (int)long.Min(bytes.Length, entry.ByteCount - offset));
            source.Read(entry, offset, piece.Span);
            yield return piece;
        }
    }
}
