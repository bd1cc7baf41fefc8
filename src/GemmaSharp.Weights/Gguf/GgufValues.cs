using System.Buffers.Binary;
using System.Text;

namespace GemmaSharp.Weights.Gguf;

/// <summary>Makes metadata values to be written.</summary>
public static class GgufValues
{
    /// <summary>A count or an id.</summary>
    public static GgufValue U32(long value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, checked((uint)value));
        return Scalar(GgufValueType.U32, bytes);
    }

    /// <summary>A whole number.</summary>
    public static GgufValue I32(int value) => Scalar(GgufValueType.I32, Bytes([value]));

    /// <summary>A float, rounded to single precision.</summary>
    public static GgufValue F32(double value) => Scalar(GgufValueType.F32, Bytes([(float)value]));

    /// <summary>A switch.</summary>
    public static GgufValue Flag(bool value) => Scalar(GgufValueType.Bool, [value ? (byte)1 : (byte)0]);

    /// <summary>A text.</summary>
    public static GgufValue Text(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        return new GgufValue(GgufValueType.Text, isArray: false, 1, bytes, [bytes.Length]);
    }

    /// <summary>Whole numbers.</summary>
    public static GgufValue I32s(ReadOnlySpan<int> values) => Array(GgufValueType.I32, values.Length, Bytes(values));

    /// <summary>Floats.</summary>
    public static GgufValue F32s(ReadOnlySpan<float> values) => Array(GgufValueType.F32, values.Length, Bytes(values));

    /// <summary>Switches.</summary>
    public static GgufValue Flags(IEnumerable<bool> values)
    {
        byte[] bytes = [.. values.Select(value => value ? (byte)1 : (byte)0)];
        return Array(GgufValueType.Bool, bytes.Length, bytes);
    }

    /// <summary>Texts.</summary>
    public static GgufValue Texts(IReadOnlyList<string> values)
    {
        using MemoryStream bytes = new();
        int[] ends = new int[values.Count];
        for (int index = 0; index < ends.Length; index++)
        {
            bytes.Write(Encoding.UTF8.GetBytes(values[index]));
            ends[index] = checked((int)bytes.Length);
        }

        return new GgufValue(GgufValueType.Text, isArray: true, ends.Length, bytes.ToArray(), ends);
    }

    private static GgufValue Scalar(GgufValueType type, byte[] bytes) => new(type, isArray: false, 1, bytes, []);

    private static GgufValue Array(GgufValueType type, int count, byte[] bytes) => new(type, isArray: true, count, bytes, []);

    private static byte[] Bytes(ReadOnlySpan<int> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(int)];
        for (int index = 0; index < values.Length; index++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(index * sizeof(int)), values[index]);
        }

        return bytes;
    }

    private static byte[] Bytes(ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int index = 0; index < values.Length; index++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * sizeof(float)), values[index]);
        }

        return bytes;
    }
}
