using System.Text.Json;

namespace GemmaSharp.Weights.Safetensors;

/// <summary>Several safetensors files as one source, by an index that maps tensor names to files of the same folder.</summary>
public sealed class SafetensorsIndex : IWeightSource
{
    private const int MaxIndexBytes = 100_000_000;
    private const int MaxDepth = 8;
    private readonly Dictionary<string, (SafetensorsFile File, WeightEntry Entry)> _byName = [];
    private readonly List<SafetensorsFile> _files = [];
    private readonly List<WeightEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = [];

    private SafetensorsIndex(string path) => Path = path;

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<WeightEntry> Entries => _entries;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Opens an index and its shards.</summary>
    /// <param name="path">The index.</param>
    /// <param name="map">Whether tensors are read from mappings.</param>
    /// <exception cref="WeightException">The index or a shard is malformed, or they do not agree.</exception>
    public static SafetensorsIndex Open(string path, bool map = false)
    {
        SafetensorsIndex index = new(path);
        try
        {
            index.OpenShards(ReadMap(path), map);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public WeightEntry? Find(string name) => _byName.TryGetValue(name, out (SafetensorsFile File, WeightEntry Entry) found) ? found.Entry : null;

    /// <inheritdoc/>
    public void Read(WeightEntry entry, long offset, Span<byte> into) => _byName[entry.Name].File.Read(entry, offset, into);

    /// <inheritdoc/>
    public void Announce(WeightEntry entry, long offset, long length) => _byName[entry.Name].File.Announce(entry, offset, length);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Dispose();
        }
    }

    private static Dictionary<string, string> ReadMap(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxIndexBytes)
            {
                throw new WeightException($"{path}: longer than {MaxIndexBytes} bytes, too long for an index");
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = MaxDepth });
            Dictionary<string, string> map = [];
            foreach (JsonProperty pair in document.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                if (!map.TryAdd(pair.Name, pair.Value.GetString() ?? ""))
                {
                    throw new WeightException($"{path}: maps '{pair.Name}' twice");
                }
            }

            return map;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new WeightException($"{path}: not an index with a weight_map of tensor names to files: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    private void OpenShards(Dictionary<string, string> fileOf, bool map)
    {
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) ?? ".";
        foreach (string name in fileOf.Values.Distinct().Order(StringComparer.Ordinal))
        {
            if (name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny(['/', '\\', ':', '\0']) >= 0)
            {
                throw new WeightException($"{Path}: names the file '{name}'; only plain names of files beside the index are allowed");
            }

            SafetensorsFile file = SafetensorsFile.Open(System.IO.Path.Combine(folder, name), map);
            _files.Add(file);
            foreach (WeightEntry entry in file.Entries)
            {
                if (!fileOf.TryGetValue(entry.Name, out string? mapped) || mapped != name)
                {
                    throw new WeightException($"{Path}: '{entry.Name}' stands in {name}, but the index says {mapped ?? "nothing of it"}");
                }

                _byName.Add(entry.Name, (file, entry));
                _entries.Add(entry);
            }
        }

        foreach ((string tensor, string name) in fileOf)
        {
            if (!_byName.ContainsKey(tensor))
            {
                throw new WeightException($"{Path}: '{tensor}' should stand in {name}, but does not");
            }
        }
    }
}
