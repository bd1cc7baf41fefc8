using Microsoft.Win32.SafeHandles;

namespace GemmaSharp.Weights;

/// <summary>
/// A file of weights, read by handle, so that a file cut short meanwhile gives an error and not the end of the process. Safe from
/// several threads.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private CheckpointFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    public string Path { get; }

    /// <summary>Bytes it had when it was opened.</summary>
    public long Length { get; }

    /// <exception cref="WeightException">It is missing or may not be read.</exception>
    public static CheckpointFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            return new CheckpointFile(path, handle);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw new WeightException($"{path}: cannot be opened: {error.Message}", error);
        }
    }

    /// <summary>Reads bytes of a tensor, from <paramref name="offset"/> inside it.</summary>
    public void Read(WeightEntry entry, long offset, Span<byte> into)
    {
        if (offset < 0 || into.Length > entry.ByteCount - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"'{entry.Name}' has {entry.ByteCount} bytes");
        }

        Read(entry.Offset + offset, into, entry.Name);
    }

    /// <summary>Fills <paramref name="into"/> from a place in the file.</summary>
    /// <param name="offset">Byte offset in the file.</param>
    /// <param name="into">Where to.</param>
    /// <param name="what">What is read, for messages.</param>
    public void Read(long offset, Span<byte> into, string what)
    {
        while (into.Length > 0)
        {
            int count;
            try
            {
                count = RandomAccess.Read(_handle, into, offset);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new WeightException($"{Path}: reading {what} at byte {offset} failed: {error.Message}", error);
            }

            if (count == 0)
            {
                throw new WeightException($"{Path}: ends at byte {offset}, inside {what}; was it changed while in use?");
            }

            offset += count;
            into = into[count..];
        }
    }

    public void Dispose() => _handle.Dispose();
}
