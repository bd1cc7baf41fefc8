using System.Buffers.Binary;
using System.Text;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Gguf;

/// <summary>Reads numbers and strings one after the other, never beyond the length of the file and never into memory it has not checked.</summary>
internal sealed class GgufCursor(string file, long length, RowReader read)
{
    private const int BufferBytes = 1 << 16;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly byte[] _buffer = new byte[(int)long.Min(BufferBytes, length)];
    private int _at;
    private int _filled;

    /// <summary>Byte offset of what is read next.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes from there to the end of the file.</summary>
    public long Left => length - Position;

    public uint U32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), what));

    public ulong U64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), what));

    /// <summary>A count that needs at least so many bytes an item, checked against what is left.</summary>
    public int Count(string what, int most, int leastBytes)
    {
        ulong count = U64($"the number of {what}");
        return count <= (ulong)most && (long)count * leastBytes <= Left
            ? (int)count
            : throw Error($"{count} {what} at byte {Position - sizeof(ulong)}, but {Left} bytes follow and {most} is the most");
    }

    /// <summary>A string that must be UTF-8.</summary>
    public string Text(string what, int mostBytes)
    {
        byte[] bytes = new byte[Count($"bytes of {what}", mostBytes, 1)];
        Bytes(bytes, what);
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error($"{what} before byte {Position} is not UTF-8");
        }
    }

    /// <summary>Fills <paramref name="into"/>.</summary>
    public void Bytes(Span<byte> into, string what)
    {
        Need(into.Length, what);
        int buffered = int.Min(into.Length, _filled - _at);
        _buffer.AsSpan(_at, buffered).CopyTo(into);
        _at += buffered;
        if (buffered < into.Length)
        {
            read(Position + buffered, into[buffered..]);
        }

        Position += into.Length;
    }

    public WeightException Error(string what) => GgufMetadata.Error(file, what);

    // Up to eight bytes from the buffer.
    private ReadOnlySpan<byte> Take(int count, string what)
    {
        Need(count, what);
        if (_filled - _at < count)
        {
            _filled = (int)long.Min(_buffer.Length, Left);
            _at = 0;
            read(Position, _buffer.AsSpan(0, _filled));
        }

        _at += count;
        Position += count;
        return _buffer.AsSpan(_at - count, count);
    }

    private void Need(int count, string what)
    {
        if (count > Left)
        {
            throw Error($"ends inside {what} at byte {length}; is the download complete?");
        }
    }
}
