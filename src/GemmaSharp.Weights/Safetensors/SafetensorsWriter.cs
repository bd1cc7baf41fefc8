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

/// <summary>Writes safetensors files: under a temporary name first, so that a broken run leaves no half file.</summary>
public static class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    /// <summary>Writes the tensors in the order given.</summary>
    public static void Write(string path, IReadOnlyList<NamedTensor> tensors)
    {
        byte[] header = Header(tensors);
        NewFile.Write(path, sizeof(ulong) + header.Length + tensors.Sum(tensor => (long)tensor.Data.Length), stream =>
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (NamedTensor tensor in tensors)
            {
                stream.Write(tensor.Data.Span);
            }
        });
    }

    private static byte[] Header(IReadOnlyList<NamedTensor> tensors)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            long offset = 0;
            writer.WriteStartObject();
            foreach (NamedTensor tensor in tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.TypeName);
                writer.WriteStartArray("shape");
                foreach (int size in tensor.Shape)
                {
                    writer.WriteNumberValue(size);
                }

                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(offset += tensor.Data.Length);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        while (json.Length % HeaderAlignment != 0)
        {
            json.WriteByte((byte)' ');
        }

        return json.ToArray();
    }
}
