using System.Buffers;

namespace GemmaSharp.Weights.Uqff;

/// <summary>A buffer of the shared pool, given back at the end.</summary>
internal readonly ref struct BorrowedBytes : IDisposable
{
    private readonly byte[] _bytes;

    public BorrowedBytes(int length)
    {
        _bytes = ArrayPool<byte>.Shared.Rent(length);
        Span = _bytes.AsSpan(0, length);
    }

    public Span<byte> Span { get; }

    /// <summary>A buffer filled from a tensor.</summary>
    public static BorrowedBytes Read(StoredTensor tensor, long offset, int length)
    {
        BorrowedBytes bytes = new(length);
        try
        {
            tensor.Read(offset, bytes.Span);
            return bytes;
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
}
