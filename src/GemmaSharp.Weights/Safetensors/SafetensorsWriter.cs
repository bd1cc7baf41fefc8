using System.Buffers.Binary;
using System.Text.Json;

namespace GemmaSharp.Weights.Safetensors;

/// <summary>A tensor to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">Its element type in safetensors' spelling.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Data">Little-endian bytes, row-major.</param>
public sealed record NamedTensor(string Name, string TypeName, IReadOnlyList<int> Shape, ReadOnlyMemory<byte> Data)
{
    /// <summary>A float32 tensor.</summary>
    public static NamedTensor F32(string name, ReadOnlySpan<float> values, params IReadOnlyList<int> shape)
    {
        byte[] data = new byte[values.Length * sizeof(float)];
        for (int at = 0; at < values.Length; at++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(at * sizeof(float)), values[at]);
        }

        return new NamedTensor(name, "F32", shape, data);
    }

    /// <summary>A tensor of 64-bit whole numbers.</summary>
    public static NamedTensor I64(string name, ReadOnlySpan<int> values)
    {
        byte[] data = new byte[values.Length * sizeof(long)];
        for (int at = 0; at < values.Length; at++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(at * sizeof(long)), values[at]);
        }

        return new NamedTensor(name, "I64", [values.Length], data);
    }

    /// <summary>A tensor of bytes.</summary>
    public static NamedTensor U8(string name, ReadOnlySpan<byte> values) => new(name, "U8", [values.Length], values.ToArray());
}

/// <summary>Writes safetensors files: data goes to disk as it is made, under a temporary name first, so that a broken run leaves no half file.</summary>
public static class SafetensorsWriter
{
    private const int HeaderAlignment = 8;
    private static readonly Dictionary<string, string> NoMetadata = [];

    /// <summary>Writes the tensors in the order given.</summary>
    public static void Write(string path, IReadOnlyList<NamedTensor> tensors) => Write(
        path, [.. tensors.Select(one => new StreamedTensor(one.Name, one.TypeName, [.. one.Shape.Select(size => (long)size)], one.Data.Length, [one.Data]))],
        NoMetadata, written: null, CancellationToken.None);

    /// <summary>Writes the tensors in the order given.</summary>
    /// <param name="path">Where to; an existing file stays until the new one is whole.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">Text facts to stand in the header.</param>
    /// <param name="written">Told the tensor in work and the bytes of the file written so far.</param>
    /// <param name="cancel">Stops; nothing is left behind then.</param>
    /// <exception cref="WeightException">It cannot be written there, a source no longer holds its data, or a name cannot be kept.</exception>
    public static void Write(
        string path, IReadOnlyList<StreamedTensor> tensors, IReadOnlyDictionary<string, string> metadata, Action<string, long>? written, CancellationToken cancel)
    {
        byte[] header = Header(tensors, metadata);
        NewFile.Write(path, sizeof(ulong) + header.Length + tensors.Sum(tensor => tensor.ByteCount), stream =>
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (StreamedTensor tensor in tensors)
            {
                TensorData.Write(stream, tensor.Name, tensor.ByteCount, tensor.Data, () => written?.Invoke(tensor.Name, stream.Position), cancel);
            }
        });
    }

    /// <summary>The order in which the reference library writes: by element type, the widest first, then by name.</summary>
    internal static IEnumerable<StreamedTensor> InReferenceOrder(IEnumerable<StreamedTensor> tensors) =>
        tensors.OrderByDescending(tensor => ElementTypes.RankOf(tensor.TypeName)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal);

    private static byte[] Header(IReadOnlyList<StreamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            if (metadata.Count > 0)
            {
                writer.WriteStartObject(SafetensorsHeader.MetadataName);
                foreach ((string key, string value) in metadata)
                {
                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
            }

            WriteEntries(writer, tensors);
            writer.WriteEndObject();
        }

        while (json.Length % HeaderAlignment != 0)
        {
            json.WriteByte((byte)' ');
        }

        return json.ToArray();
    }

    private static void WriteEntries(Utf8JsonWriter writer, IReadOnlyList<StreamedTensor> tensors)
    {
        HashSet<string> names = [SafetensorsHeader.MetadataName];
        long offset = 0;
        foreach (StreamedTensor tensor in tensors)
        {
            if (!names.Add(tensor.Name))
            {
                throw new WeightException($"tensor '{tensor.Name}' cannot be written: a name that no other has and that is not {SafetensorsHeader.MetadataName} is expected");
            }

            writer.WriteStartObject(tensor.Name);
            writer.WriteString("dtype", tensor.TypeName);
            writer.WriteStartArray("shape");
            foreach (long size in tensor.Shape)
            {
                writer.WriteNumberValue(size);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("data_offsets");
            writer.WriteNumberValue(offset);
            writer.WriteNumberValue(offset += tensor.ByteCount);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }
}
