using System.Globalization;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>
/// A model as mistral.rs writes it: numbered shards with quantised layers, and the residual with all other tensors, as one source under
/// canonical names. Versions 1.0 to 1.2, and 0.1 and 0.2.
/// </summary>
public sealed class UqffFile : IWeightSource
{
    internal const string Extension = ".uqff";
    internal const string ResidualName = "residual.safetensors";
    private readonly List<SafetensorsFile> _files = [];
    private readonly List<WeightEntry> _entries = [];
    private readonly Dictionary<string, UqffTensor> _byName = [];

    private UqffFile(string path) => Path = path;

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<WeightEntry> Entries => _entries;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _files[0].Metadata;

    /// <summary>Whether a path names a file of this format.</summary>
    public static bool IsNamed(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The first shards in a folder, one for each model in it.</summary>
    public static IReadOnlyList<string> FindIn(string folder) =>
        [.. Directory.GetFiles(folder, "*" + Extension).Where(file => Number(file) is null or 0).Order(StringComparer.Ordinal)];

    /// <summary>The folder of a shard, which holds the config and the tokenizer too.</summary>
    public static string FolderOf(string path) => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) ?? ".";

    /// <summary>Opens a shard, those that follow it, and the residual beside them.</summary>
    /// <param name="path">The first shard.</param>
    /// <param name="map">Whether tensors are read from mappings.</param>
    /// <exception cref="WeightException">A file is malformed, of an unknown version, or holds a kind of weight that is not supported.</exception>
    public static UqffFile Open(string path, bool map = false)
    {
        UqffFile file = new(path);
        try
        {
            file.OpenAll(map);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public WeightEntry? Find(string name) => _byName.TryGetValue(name, out UqffTensor? tensor) ? tensor.Entry : null;

    /// <inheritdoc/>
    public void Read(WeightEntry entry, long offset, Span<byte> into)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(into.Length, entry.ByteCount - offset, nameof(into));
        _byName[entry.Name].Read(offset, into);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
        {
            file.Dispose();
        }
    }

    private void OpenAll(bool map)
    {
        foreach (string shard in Shards(Path))
        {
            _files.Add(SafetensorsFile.Open(shard, map));
        }

        SafetensorsFile[] shards = [.. _files];
        string beside = System.IO.Path.Combine(FolderOf(Path), ResidualName);
        SafetensorsFile? residual = File.Exists(beside) ? SafetensorsFile.Open(beside, map) : null;
        if (residual is not null)
        {
            _files.Add(residual);
        }

        bool old = shards.All(shard => shard.Entries.All(entry => OldNumber(entry) is not null));
        foreach (UqffTensor tensor in old ? OldLayers(shards, residual) : Layers(shards))
        {
            Add(tensor);
        }

        foreach (WeightEntry entry in residual?.Entries ?? [])
        {
            // Where a table is in both places, the layer is the newer form (formats.md 13.4).
            if (residual is not null && !_byName.ContainsKey(entry.Name))
            {
                Add(new DirectTensor(entry, StoredTensor.Of(residual, entry)));
            }
        }
    }

    private static IEnumerable<UqffTensor> Layers(SafetensorsFile[] shards)
    {
        UqffVersion.Check(shards);
        OrderedDictionary<string, UqffLayer> layers = [];
        foreach (SafetensorsFile shard in shards)
        {
            HashSet<string> here = [];
            foreach (WeightEntry entry in shard.Entries.Where(entry => !UqffVersion.IsPart(entry.Name)))
            {
                (string key, string part) = UqffLayer.Split(entry.Name) ?? throw new WeightException($"{entry.File}: {entry.Name} is no entry of a layer");
                if (here.Add(key) && !layers.TryAdd(key, new UqffLayer(key, shard)))
                {
                    throw new WeightException($"{entry.File}: {key} stands in another shard too");
                }

                layers[key].Add(part, entry);
            }
        }

        return layers.Values.SelectMany(layer => layer.Read());
    }

    private static IEnumerable<UqffTensor> OldLayers(SafetensorsFile[] shards, SafetensorsFile? residual)
    {
        StoredTensor[] blobs = [.. shards.SelectMany(shard => shard.Entries.Select(entry => StoredTensor.Of(shard, entry))).OrderBy(blob => OldNumber(blob.Entry))];
        int wrong = Enumerable.Range(0, blobs.Length).FirstOrDefault(index => OldNumber(blobs[index].Entry) != index, -1);
        if (wrong >= 0 || blobs.Length == 0)
        {
            throw new WeightException($"{shards[0].Path}: number {int.Max(wrong, 0)} is missing or stands there twice; numbers from 0 on without gaps expected");
        }

        IReadOnlyList<string>? keys = UqffNames.OfOldNumbers(residual?.Entries.Select(entry => entry.Name) ?? [], blobs.Length);
        return keys is not null
            ? blobs.Zip(keys).SelectMany(pair => UqffBlob.Read(pair.Second, pair.First))
            : throw new WeightException($"{shards[0].Path}: holds {blobs.Length} numbered layers (UQFF 0.x), which with {ResidualName} beside it do not make a Gemma 3n");
    }

    private void Add(UqffTensor tensor)
    {
        _byName.Add(tensor.Entry.Name, tensor);
        _entries.Add(tensor.Entry);
    }

    private static int? OldNumber(WeightEntry entry) => ParseNumber(entry.Name);

    // NAME-0.uqff and those that follow it without a gap; a name without a number stands alone.
    private static IEnumerable<string> Shards(string path)
    {
        if (Number(path) is not int number)
        {
            return [path];
        }

        string stem = path[..path.LastIndexOf('-')];
        string ShardPath(int index) => string.Create(CultureInfo.InvariantCulture, $"{stem}-{index}{Extension}");
        int first = File.Exists(ShardPath(0)) ? 0 : number;
        return Enumerable.Range(first, int.MaxValue - first).Select(ShardPath).TakeWhile((shard, index) => index == 0 || File.Exists(shard));
    }

    private static int? Number(string path)
    {
        string name = System.IO.Path.GetFileNameWithoutExtension(path);
        return ParseNumber(name[(name.LastIndexOf('-') + 1)..]) is int number && name.Contains('-', StringComparison.Ordinal) ? number : null;
    }

    private static int? ParseNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && (text[0] != '0' || text.Length == 1) ? number : null;
}
