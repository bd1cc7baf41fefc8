using System.Text;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Gguf;

/// <summary>
/// Writes GGUF files of version 3, keys and tensors in the order given (formats.md 1): data goes to disk as it is made, under a temporary
/// name until the file is whole.
/// </summary>
public static class GgufWriter
{
    private const int Version = 3;
    private const int DefaultAlignment = 32;
    private const int MaxNameBytes = 63;
    private const string AlignmentKey = "general.alignment";

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where to; an existing file stays until the new one is whole.</param>
    /// <param name="keys">Metadata.</param>
    /// <param name="tensors">Tensors.</param>
    /// <param name="progress">Told the tensor in work, the bytes done and the bytes in all.</param>
    /// <param name="cancel">Stops; nothing is left behind then.</param>
    /// <exception cref="WeightException">It cannot be written there, or a source no longer holds its data.</exception>
    public static void Write(
        string path, OrderedDictionary<string, GgufValue> keys, IReadOnlyList<GgufTensor> tensors, Action<string, long, long>? progress, CancellationToken cancel)
    {
        int alignment = keys.TryGetValue(AlignmentKey, out GgufValue? given) ? checked((int)(given.Whole() ?? DefaultAlignment)) : DefaultAlignment;
        byte[] header = Header(keys, tensors, alignment);
        long total = tensors.Aggregate((long)header.Length, (sum, tensor) => checked(sum + Padded(tensor.ByteCount, alignment)));
        NewFile.Write(path, total, stream =>
        {
            stream.Write(header);
            foreach (GgufTensor tensor in tensors)
            {
                TensorData.Write(stream, tensor.Name, tensor.ByteCount, tensor.Data, () => progress?.Invoke(tensor.Name, stream.Position, total), cancel);
                Pad(stream, alignment);
            }
        });
    }

    /// <summary>Whether GGUF has a number for a type.</summary>
    public static bool CanHold(WeightType type) => GgufTypes.Has(type);

    private static byte[] Header(OrderedDictionary<string, GgufValue> keys, IReadOnlyList<GgufTensor> tensors, int alignment)
    {
        using MemoryStream header = new();
        using BinaryWriter writer = new(header);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)keys.Count);
        foreach ((string key, GgufValue value) in keys)
        {
            Text(writer, Encoding.UTF8.GetBytes(key));
            Value(writer, value);
        }

        ulong offset = 0;
        HashSet<string> names = [];
        foreach (GgufTensor tensor in tensors)
        {
            byte[] name = Encoding.UTF8.GetBytes(tensor.Name);
            if (name.Length > MaxNameBytes || !names.Add(tensor.Name))
            {
                throw new WeightException($"tensor '{tensor.Name}' cannot be written: a name of at most {MaxNameBytes} bytes that no other has is expected");
            }

            Text(writer, name);
            writer.Write(tensor.Shape.Count);
            foreach (long size in tensor.Shape.Reverse())
            {
                writer.Write((ulong)size);
            }

            writer.Write(GgufTypes.IdOf(tensor.Type));
            writer.Write(offset);
            offset += (ulong)Padded(tensor.ByteCount, alignment);
        }

        Pad(header, alignment);
        return header.ToArray();
    }

    private static void Value(BinaryWriter writer, GgufValue value)
    {
        writer.Write((uint)(value.IsArray ? GgufValueType.Array : value.Type));
        if (value.IsArray)
        {
            writer.Write((uint)value.Type);
            writer.Write((ulong)value.Count);
        }

        for (int index = 0; index < value.Count; index++)
        {
            if (value.Type == GgufValueType.Text)
            {
                Text(writer, value.Bytes(index));
            }
            else
            {
                writer.Write(value.Bytes(index));
            }
        }
    }

    private static void Text(BinaryWriter writer, ReadOnlySpan<byte> text)
    {
        writer.Write((ulong)text.Length);
        writer.Write(text);
    }

    private static long Padded(long length, int alignment) => checked(length + alignment - 1) / alignment * alignment;

    private static void Pad(Stream stream, int alignment) => stream.Write(new byte[Padded(stream.Position, alignment) - stream.Position]);
}
