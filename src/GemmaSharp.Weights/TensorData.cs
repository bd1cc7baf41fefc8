namespace GemmaSharp.Weights;

/// <summary>Writes the bytes of a tensor that come in pieces, and holds them to the number promised in the file's header.</summary>
internal static class TensorData
{
    /// <param name="stream">Where to.</param>
    /// <param name="name">The tensor, for the error.</param>
    /// <param name="byteCount">The number promised.</param>
    /// <param name="data">The pieces.</param>
    /// <param name="written">Told after every piece.</param>
    /// <param name="cancel">Asked before every piece.</param>
    public static void Write(FileStream stream, string name, long byteCount, IEnumerable<ReadOnlyMemory<byte>> data, Action written, CancellationToken cancel)
    {
        long start = stream.Position;
        foreach (ReadOnlyMemory<byte> piece in data)
        {
            cancel.ThrowIfCancellationRequested();
            stream.Write(piece.Span);
            written();
        }

        if (stream.Position - start != byteCount)
        {
            throw new InvalidOperationException($"tensor '{name}' came as {stream.Position - start} bytes, {byteCount} expected");
        }
    }
}
