using System.Text;
using System.Text.Json;

namespace GemmaSharp.Weights.Safetensors;

/// <summary>Pure parser of a safetensors header: JSON to entries, checked against the length of the file.</summary>
internal sealed class SafetensorsHeader
{
    // The reference refuses longer headers (formats.md 11.2).
    public const int MaxBytes = 100_000_000;

    // The entry of the header that is no tensor.
    public const string MetadataName = "__metadata__";
    private const int MaxDepth = 4;
    private const int MaxRank = 16;

    private readonly string _file;
    private readonly long _dataStart;
    private readonly List<WeightEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = [];
    private readonly HashSet<string> _names = [];

    private SafetensorsHeader(string file, long dataStart)
    {
        _file = file;
        _dataStart = dataStart;
    }

    public IReadOnlyList<WeightEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Parses the JSON of a header.</summary>
    /// <param name="json">The header's bytes, without its length.</param>
    /// <param name="file">Path, for messages and entries.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, string file, long fileLength)
    {
        SafetensorsHeader header = new(file, sizeof(ulong) + json.Length);
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(json);
            header.ReadAll(json);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException or FormatException)
        {
            throw header.Error($"its header is not a table of tensors: {error.Message.ReplaceLineEndings(" ")}");
        }

        header.CheckLayout(fileLength);
        return header;
    }

    private void ReadAll(ReadOnlySpan<byte> json)
    {
        if (json.Length == 0 || json[0] != (byte)'{')
        {
            throw Error("its header does not begin with '{'");
        }

        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString() ?? "";
            if (!_names.Add(name))
            {
                throw Error($"'{name}' stands in its header twice");
            }

            if (name == MetadataName)
            {
                ReadMetadata(ref reader);
            }
            else
            {
                ReadEntry(ref reader, name);
            }
        }

        while (reader.Read())
        {
            throw Error("something follows the table in its header");
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataName);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString() ?? "";
            Expect(ref reader, JsonTokenType.String, $"{MetadataName} '{key}'");
            _metadata[key] = reader.GetString() ?? "";
        }
    }

    private void ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string? type = null;
        List<long>? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, name);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            switch (reader.GetString())
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, name);
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, MaxRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, 2);
                    break;
                case string field:
                    throw Error($"'{name}' has an unknown or repeated field '{field}'");
            }
        }

        if (type is null || shape is null || offsets is not { Count: 2 })
        {
            throw Error($"'{name}' lacks one of dtype, shape and data_offsets [begin, end]");
        }

        AddEntry(name, type, shape, offsets[0], offsets[1]);
    }

    private void AddEntry(string name, string type, List<long> shape, long begin, long end)
    {
        if (ElementTypes.BitsOf(type) is not int bits)
        {
            throw Error($"'{name}' has the unknown type '{type}'");
        }

        UInt128 size = (uint)bits;
        foreach (long length in shape)
        {
            size = size > ulong.MaxValue && length != 0 ? throw Error($"the shape of '{name}' is beyond any file") : size * (ulong)length;
        }

        if (end < begin || size % 8 != 0 || (UInt128)(ulong)(end - begin) != size / 8)
        {
            throw Error($"'{name}' of type {type} and shape [{string.Join(", ", shape)}] needs {size / 8} bytes, its data_offsets are [{begin}, {end}]");
        }

        _entries.Add(new WeightEntry(name, type, shape, begin, end - begin, _file));
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string name, int most)
    {
        List<long> numbers = [];
        Expect(ref reader, JsonTokenType.StartArray, name);
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            if (!reader.TryGetInt64(out long number) || number < 0 || numbers.Count == most)
            {
                throw Error($"'{name}' has a size or offset that is not a whole number from 0 on, or too many of them");
            }

            numbers.Add(number);
        }

        return reader.TokenType == JsonTokenType.EndArray ? numbers : throw Error($"'{name}' has a size or offset that is no number");
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string name)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw Error($"'{name}' holds {reader.TokenType} where {type} is expected");
        }
    }

    // Tensors fill the data without holes or overlap; then offsets become offsets in the file.
    private void CheckLayout(long fileLength)
    {
        _entries.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.ByteCount.CompareTo(b.ByteCount));
        long next = 0;
        for (int index = 0; index < _entries.Count; index++)
        {
            WeightEntry entry = _entries[index];
            if (entry.Offset != next)
            {
                throw Error($"'{entry.Name}' begins at byte {entry.Offset} of the data, {next} expected: holes and overlaps are not allowed");
            }

            next = entry.Offset + entry.ByteCount;
            if (next > fileLength - _dataStart)
            {
                throw Error($"'{entry.Name}' ends at byte {next} of the data, but the data is {fileLength - _dataStart} bytes long; is the file cut short?");
            }

            _entries[index] = entry with { Offset = _dataStart + entry.Offset };
        }

        if (next != fileLength - _dataStart)
        {
            throw Error($"its tensors end at byte {next} of the data, but the data is {fileLength - _dataStart} bytes long");
        }
    }

    private WeightException Error(string what) => new($"{_file}: {what}");
}
