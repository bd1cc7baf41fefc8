using System.Numerics;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Gguf;

/// <summary>
/// Pure parser of what stands before the data of a GGUF file (formats.md 1): every count, length and size is checked against the bytes
/// of the file before memory is taken for it.
/// </summary>
internal sealed class GgufReader
{
    private const int MaxKeys = 1 << 16;
    private const int MaxTensors = 1 << 16;
    private const int MaxKeyBytes = 1 << 16;
    private const int MaxNameBytes = 63;
    private const int MaxRank = 4;
    private const int MaxAlignment = 1 << 20;
    private const int DefaultAlignment = 32;
    private const int LeastKeyBytes = 8 + 1 + 4 + 1; // a key of one letter with a switch
    private const int LeastTensorBytes = 8 + 4 + 8 + 4 + 8; // no name, one dimension
    private readonly string _file;
    private readonly long _length;
    private readonly GgufCursor _cursor;

    private GgufReader(string file, long length, RowReader read)
    {
        _file = file;
        _length = length;
        _cursor = new GgufCursor(file, length, read);
    }

    /// <summary>Parses a file's head.</summary>
    /// <param name="file">Path, for messages and entries.</param>
    /// <param name="length">Bytes of the whole file.</param>
    /// <param name="read">Reads bytes from an offset; asked only for what lies inside the file.</param>
    /// <exception cref="WeightException">Not a well-formed GGUF file of a version that is known.</exception>
    public static GgufHeader Read(string file, long length, RowReader read) => new GgufReader(file, length, read).ReadAll();

    private GgufHeader ReadAll()
    {
        int version = ReadVersion();
        int tensors = _cursor.Count("tensors", MaxTensors, LeastTensorBytes);
        int keys = _cursor.Count("metadata keys", MaxKeys, LeastKeyBytes);
        GgufMetadata metadata = ReadMetadata(keys);
        int alignment = Alignment(metadata);
        List<WeightEntry> entries = ReadTensors(tensors, alignment);
        Place(entries, alignment);
        return new GgufHeader(version, metadata, entries);
    }

    private int ReadVersion()
    {
        const uint magic = 0x46554747; // "GGUF", little endian
        uint found = _cursor.U32("the magic");
        if (found != magic)
        {
            throw _cursor.Error($"not a GGUF file: it begins with {found:X8} (little endian) where {magic:X8} is expected");
        }

        uint version = _cursor.U32("the version");
        return version switch
        {
            2 or 3 => (int)version,
            1 => throw _cursor.Error("GGUF version 1, which nothing has written since August 2023; convert the model anew, versions 2 and 3 are read"),
            _ when version != 0 && (version & 0xFFFF) == 0 => throw _cursor.Error("a big-endian GGUF file; little endian expected, convert the model anew"),
            _ => throw _cursor.Error($"GGUF version {version}, 2 or 3 expected"),
        };
    }

    private GgufMetadata ReadMetadata(int count)
    {
        List<string> keys = [];
        Dictionary<string, GgufValue> values = [];
        for (int index = 0; index < count; index++)
        {
            string key = _cursor.Text($"metadata key {index}", MaxKeyBytes);
            if (key.Length == 0)
            {
                throw _cursor.Error($"metadata key {index} is empty");
            }

            if (!values.TryAdd(key, GgufValueReader.Read(_cursor, key)))
            {
                throw _cursor.Error($"metadata key '{key}' stands in it twice");
            }

            keys.Add(key);
        }

        return new GgufMetadata(_file, keys, values);
    }

    private int Alignment(GgufMetadata metadata)
    {
        int alignment = metadata.Whole("general.alignment", 1, MaxAlignment) ?? DefaultAlignment;
        return BitOperations.IsPow2(alignment) ? alignment : throw _cursor.Error($"general.alignment is {alignment}, a power of two expected");
    }

    private List<WeightEntry> ReadTensors(int count, int alignment)
    {
        List<WeightEntry> entries = [];
        HashSet<string> names = [];
        UInt128 next = 0;
        for (int index = 0; index < count; index++)
        {
            string name = _cursor.Text($"the name of tensor {index}", MaxNameBytes);
            if (!names.Add(name))
            {
                throw _cursor.Error($"tensor '{name}' stands in it twice");
            }

            (List<long> shape, UInt128 elements) = ReadShape(name);
            uint id = _cursor.U32($"the type of '{name}'");
            if (!GgufTypes.TryGet(id, out GgufType type))
            {
                throw _cursor.Error($"tensor '{name}' has type {id}: {GgufTypes.Describe(id)}");
            }

            if (shape[^1] % type.BlockLength != 0)
            {
                throw _cursor.Error($"tensor '{name}' has rows of {shape[^1]} weights, a multiple of {type.BlockLength} expected for {type.Name}");
            }

            UInt128 bytes = elements / (uint)type.BlockLength * (uint)type.BlockBytes;
            ulong offset = _cursor.U64($"the offset of '{name}'");
            if (offset != next || bytes > (ulong)_length)
            {
                throw _cursor.Error(
                    $"tensor '{name}' of {bytes} bytes begins at byte {offset} of the data, {next} expected, in a file of {_length} bytes; is it cut short?");
            }

            next += (bytes + (uint)alignment - 1) & ~(UInt128)((uint)alignment - 1);
            entries.Add(new WeightEntry(name, type.Name, shape, (long)offset, (long)bytes, _file));
        }

        return entries;
    }

    // Sizes outermost first, the other way round than in the file.
    private (List<long> Shape, UInt128 Elements) ReadShape(string name)
    {
        uint rank = _cursor.U32($"the rank of '{name}'");
        if (rank is 0 or > MaxRank)
        {
            throw _cursor.Error($"tensor '{name}' has {rank} dimensions, 1 to {MaxRank} expected");
        }

        List<long> shape = [];
        UInt128 elements = 1;
        for (uint dimension = 0; dimension < rank; dimension++)
        {
            ulong size = _cursor.U64($"the shape of '{name}'");
            elements = size <= long.MaxValue && elements <= long.MaxValue ? elements * size : UInt128.MaxValue;
            shape.Insert(0, (long)ulong.Min(size, long.MaxValue));
        }

        return elements <= long.MaxValue ? (shape, elements) : throw _cursor.Error($"the shape of '{name}' is beyond any file");
    }

    // Offsets become offsets in the file; the padding after the last tensor may be missing, the tensor itself not.
    private void Place(List<WeightEntry> entries, int alignment)
    {
        long start = (_cursor.Position + alignment - 1) / alignment * alignment;
        for (int index = 0; index < entries.Count; index++)
        {
            WeightEntry entry = entries[index];
            if (entry.Offset > _length - start || entry.ByteCount > _length - start - entry.Offset)
            {
                throw _cursor.Error(
                    $"tensor '{entry.Name}' ends at byte {start + entry.Offset + entry.ByteCount}, the file at byte {_length}; is the download complete?");
            }

            entries[index] = entry with { Offset = start + entry.Offset };
        }
    }
}
