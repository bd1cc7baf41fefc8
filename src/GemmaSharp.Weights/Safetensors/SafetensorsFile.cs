using System.Buffers.Binary;

namespace GemmaSharp.Weights.Safetensors;

/// <summary>One safetensors file, read by handle unless mapping is asked for, so that a file cut short meanwhile gives an error and not the end of the process.</summary>
public sealed class SafetensorsFile : IWeightSource
{
    private const int MinHeaderBytes = 2;
    private readonly CheckpointFile _file;
    private readonly Dictionary<string, WeightEntry> _byName;

    private SafetensorsFile(CheckpointFile file, SafetensorsHeader header)
    {
        _file = file;
        Entries = header.Entries;
        Metadata = header.Metadata;
        _byName = header.Entries.ToDictionary(entry => entry.Name);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyList<WeightEntry> Entries { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="map">Whether tensors are read from a mapping.</param>
    /// <exception cref="WeightException">It is missing, or not a well-formed safetensors file.</exception>
    public static SafetensorsFile Open(string path, bool map = false)
    {
        CheckpointFile file = CheckpointFile.Open(path, map);
        try
        {
            return new SafetensorsFile(file, ReadHeader(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public WeightEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public void Read(WeightEntry entry, long offset, Span<byte> into) => _file.Read(entry, offset, into);

    /// <inheritdoc/>
    public void Announce(WeightEntry entry, long offset, long length) => _file.Announce(entry, offset, length);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static SafetensorsHeader ReadHeader(CheckpointFile file)
    {
        if (file.Length < sizeof(ulong) + MinHeaderBytes)
        {
            throw new WeightException($"{file.Path}: {file.Length} bytes are too few for a safetensors file; is the download complete?");
        }

        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        file.Read(0, prefix, "the header's length");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength is < MinHeaderBytes or > SafetensorsHeader.MaxBytes || (long)headerLength > file.Length - sizeof(ulong))
        {
            throw new WeightException(
                $"{file.Path}: not a safetensors file, or cut short: its header would be {headerLength} bytes long, the file has {file.Length} bytes");
        }

        byte[] json = new byte[headerLength];
        file.Read(sizeof(ulong), json, "the header");
        return SafetensorsHeader.Parse(json, file.Path, file.Length);
    }
}
