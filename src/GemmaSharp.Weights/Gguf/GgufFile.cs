using GemmaSharp.Kernels.Memory;

namespace GemmaSharp.Weights.Gguf;

/// <summary>A GGUF model, of one file or of several parts, read by handle unless mapping is asked for; on request tensors are lent from mappings too.</summary>
public sealed class GgufFile : IWeightSource
{
    private readonly Dictionary<string, CheckpointFile> _parts = [];
    private readonly Dictionary<string, WeightEntry> _byName = [];
    private readonly List<WeightEntry> _entries = [];
    private readonly Lazy<IReadOnlyDictionary<string, string>> _texts;
    private readonly bool _map;
    private readonly bool _lends;

    private GgufFile(string path, bool map, bool lends)
    {
        Path = path;
        _map = map;
        _lends = lends;
        try
        {
            GgufHeader first = Add(path);
            Header = first.Metadata;
            Version = first.Version;
            int count = GgufSplit.PartCount(Header);
            GgufSplit.Check(Header, 0, count);
            for (int part = 1; part < count; part++)
            {
                string next = GgufSplit.PathOf(path, part, count)
                    ?? throw Header.Error($"is part 1 of {count}, so a name like model-00001-of-{count:D5}.gguf is expected, to find the others by");
                GgufSplit.Check(Add(next).Metadata, part, count);
            }

            GgufSplit.CheckTotal(Header, _entries.Count);
        }
        catch
        {
            Dispose();
            throw;
        }

        _texts = new(() => Header.Keys.ToDictionary(key => key, key => Header.Find(key)?.ToString() ?? ""));
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Version of the format.</summary>
    public int Version { get; }

    /// <summary>Keys and values, of the first part.</summary>
    public GgufMetadata Header { get; }

    /// <inheritdoc/>
    public IReadOnlyList<WeightEntry> Entries => _entries;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _texts.Value;

    /// <summary>Opens a file, and the other parts when it is the first of several.</summary>
    /// <param name="path">The file.</param>
    /// <param name="map">Whether tensors are read from mappings.</param>
    /// <param name="lends">Whether tensors may be multiplied in place, from mappings.</param>
    /// <exception cref="WeightException">It is missing, malformed, or a part other than the first.</exception>
    public static GgufFile Open(string path, bool map = false, bool lends = false) => new(path, map, lends);

    /// <inheritdoc/>
    public WeightEntry? Find(string name) => _byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public void Read(WeightEntry entry, long offset, Span<byte> into) => _parts[entry.File].Read(entry, offset, into);

    /// <inheritdoc/>
    public void Announce(WeightEntry entry, long offset, long length) => _parts[entry.File].Announce(entry, offset, length);

    /// <inheritdoc/>
    public MappedBytes? Lend(WeightEntry entry) => _lends ? _parts[entry.File].Lend(entry) : null;

    /// <inheritdoc/>
    public void RequireLent()
    {
        foreach (CheckpointFile part in _parts.Values)
        {
            part.RequireLent();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CheckpointFile part in _parts.Values)
        {
            part.Dispose();
        }
    }

    private GgufHeader Add(string path)
    {
        CheckpointFile file = CheckpointFile.Open(path, _map);
        _parts.Add(path, file);
        GgufHeader header = GgufReader.Read(path, file.Length, (offset, into) => file.Read(offset, into, "the header"));
        foreach (WeightEntry entry in header.Entries)
        {
            if (!_byName.TryAdd(entry.Name, entry))
            {
                throw header.Metadata.Error($"tensor '{entry.Name}' stands in {_byName[entry.Name].File} too");
            }

            _entries.Add(entry);
        }

        return header;
    }
}
