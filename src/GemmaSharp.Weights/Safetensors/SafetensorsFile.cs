using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace GemmaSharp.Weights.Safetensors;

/// <summary>One safetensors file, read by handle, so that a file cut short meanwhile gives an error and not the end of the process.</summary>
public sealed class SafetensorsFile : IWeightSource
{
    private const int MinHeaderBytes = 2;
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, WeightEntry> _byName;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header)
    {
        Path = path;
        _handle = handle;
        Entries = header.Entries;
        Metadata = header.Metadata;
        _byName = header.Entries.ToDictionary(entry => entry.Name);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<WeightEntry> Entries { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="WeightException">It is missing, or not a well-formed safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WeightException($"{path}: cannot be opened: {error.Message}", error);
        }

        try
        {
            return new SafetensorsFile(path, handle, ReadHeader(path, handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public WeightEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public void Read(WeightEntry entry, long offset, Span<byte> into)
    {
        if (offset < 0 || into.Length > entry.ByteCount - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"'{entry.Name}' has {entry.ByteCount} bytes");
        }

        ReadExactly(Path, _handle, entry.Offset + offset, into, entry.Name);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static SafetensorsHeader ReadHeader(string path, SafeFileHandle handle)
    {
        long length = RandomAccess.GetLength(handle);
        if (length < sizeof(ulong) + MinHeaderBytes)
        {
            throw new WeightException($"{path}: {length} bytes are too few for a safetensors file; is the download complete?");
        }

        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        ReadExactly(path, handle, 0, prefix, "the header's length");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength is < MinHeaderBytes or > SafetensorsHeader.MaxBytes || (long)headerLength > length - sizeof(ulong))
        {
            throw new WeightException(
                $"{path}: not a safetensors file, or cut short: its header would be {headerLength} bytes long, the file has {length} bytes");
        }

        byte[] json = new byte[headerLength];
        ReadExactly(path, handle, sizeof(ulong), json, "the header");
        return SafetensorsHeader.Parse(json, path, length);
    }

    private static void ReadExactly(string path, SafeFileHandle handle, long offset, Span<byte> into, string what)
    {
        while (into.Length > 0)
        {
            int count;
            try
            {
                count = RandomAccess.Read(handle, into, offset);
            }
            catch (IOException error)
            {
                throw new WeightException($"{path}: reading {what} at byte {offset} failed: {error.Message}", error);
            }

            if (count == 0)
            {
                throw new WeightException($"{path}: ends at byte {offset}, inside {what}; was it changed while in use?");
            }

            offset += count;
            into = into[count..];
        }
    }
}
