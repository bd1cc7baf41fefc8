using GemmaSharp.Kernels.Memory;
using Microsoft.Win32.SafeHandles;

namespace GemmaSharp.Weights;

/// <summary>
/// A file of weights, read by handle, so that a file cut short meanwhile gives an error and not the end of the process; on request its
/// tensors are read from a mapping, or lent out of it. Safe from several threads.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly MappedFile? _mapped;
    private readonly Lazy<MappedFile?> _lent;

    private CheckpointFile(string path, SafeFileHandle handle, bool map)
    {
        Path = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
        _mapped = map && Length > 0 ? new MappedFile(handle) : null;
        _lent = new(() => _mapped ?? TryMap());
    }

    public string Path { get; }

    /// <summary>Bytes it had when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="map">Whether tensors are read from a mapping.</param>
    /// <exception cref="WeightException">It is missing or may not be read.</exception>
    public static CheckpointFile Open(string path, bool map = false)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            return new CheckpointFile(path, handle, map);
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

        long place = entry.Offset + offset;
        if (_mapped is null || into.Length > _mapped.Length - place)
        {
            Read(place, into, entry.Name);
        }
        else if (!_mapped.TryRead(place, into))
        {
            throw Shortened(_mapped, $"{entry.Name} is read");
        }
    }

    /// <summary>Bytes of a tensor where they lie in a mapping; null where the system does not map the file or it no longer has them.</summary>
    public MappedBytes? Lend(WeightEntry entry) =>
        _lent.Value is MappedFile file && file.IsWhole && entry.ByteCount <= file.Length - entry.Offset ? file.Lend(entry.Offset, entry.ByteCount) : null;

    /// <summary>Makes sure, where bytes were lent, that the file still has them.</summary>
    /// <exception cref="WeightException">It is shorter than it was.</exception>
    public void RequireLent()
    {
        if (_lent is { IsValueCreated: true, Value: MappedFile { IsWhole: false } file })
        {
            throw Shortened(file, "its weights are in use");
        }
    }

    /// <summary>Has the system fetch bytes of a tensor that will be read soon.</summary>
    public void Announce(WeightEntry entry, long offset, long length) => FileAdvice.WillNeed(_handle, entry.Offset + offset, length);

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

    public void Dispose()
    {
        _mapped?.Dispose();
        if (_lent.IsValueCreated)
        {
            _lent.Value?.Dispose();
        }

        _handle.Dispose();
    }

    private MappedFile? TryMap()
    {
        try
        {
            return Length > 0 ? new MappedFile(_handle) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    private WeightException Shortened(MappedFile file, string meanwhile) =>
        new($"{Path}: is shorter than the {file.Length} bytes that were mapped, while {meanwhile}; was it changed while in use?");
}
