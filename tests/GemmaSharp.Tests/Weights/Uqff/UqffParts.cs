using System.Buffers.Binary;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Tests.Weights.Uqff;

/// <summary>Builds UQFF files: entries of layers, version, blobs of 0.x.</summary>
internal static class UqffParts
{
    public static NamedTensor[] Version(uint minor = 2) =>
        [Words("uqff.version.major", [], 1), Words("uqff.version.minor", [], minor), Words("uqff.version.patch", [], 0)];

    public static NamedTensor Words(string name, int[] shape, params uint[] values) => new(name, "U32", shape, Bytes(values));

    public static NamedTensor Byte(string name, byte value) => new(name, "U8", [], new[] { value });

    public static NamedTensor[] Gguf(string key, uint type, byte[] data, int rows, int columns) =>
    [
        new NamedTensor(key + ".weight", "U8", [data.Length], data), Byte(key + ".weight.format", 0), Words(key + ".weight.dtype", [], type),
        Words(key + ".weight.shape", [2], (uint)rows, (uint)columns),
    ];

    public static NamedTensor[] Unquantised(string key, string type, byte[] data, params int[] shape) =>
        [new NamedTensor(key + ".weight", type, shape, data), Byte(key + ".weight.format", 1)];

    public static NamedTensor[] Afq(string key, byte[] codes, (string Type, byte[] Scales, byte[] Minima) pairs, (int Rows, int Columns, int Bits, int Group) sizes)
    {
        (int rows, int columns, int bits, int group) = sizes;
        return
        [
            new NamedTensor(key + ".weight", "U32", [rows, columns * bits / 32], codes), Byte(key + ".weight.format", 4),
            new NamedTensor(key + ".weight.scales", pairs.Type, [rows, columns / group], pairs.Scales),
            new NamedTensor(key + ".weight.biases", pairs.Type, [rows, columns / group], pairs.Minima),
            Byte(key + ".weight.bits", (byte)bits), Byte(key + ".weight.group_size", (byte)group),
        ];
    }

    public static NamedTensor[] Hqq(string key, byte[] codes, float[] scales, float[] zeros, (int Rows, int Columns, int Bits) sizes)
    {
        (int rows, int columns, int bits) = sizes;
        return
        [
            new NamedTensor(key + ".weight", "U8", [bits == 4 ? 32 : 64, rows * columns / 64], codes), Byte(key + ".weight.format", 2),
            NamedTensor.F32(key + ".weight.scales", scales, 1, scales.Length), NamedTensor.F32(key + ".weight.zeros", zeros, 1, zeros.Length),
            Words(key + ".weight.shape", [2], (uint)rows, (uint)columns), Byte(key + ".weight.bits", (byte)bits), Words(key + ".weight.group_size", [], 64),
            Byte(key + ".weight.axis", 0), Words(key + ".weight.optimization_steps", [], 10), Byte(key + ".weight.round_zeros", 0),
            Byte(key + ".weight.channel_wise", 1),
        ];
    }

    /// <summary>A tensor as UQFF 0.x writes it inside of a blob.</summary>
    public static byte[] OldTensor(Tensors file, string name)
    {
        string[] codes = ["U8", "U32", "I32", "I64", "F16", "BF16", "F32", "F64", "I16", "F8_E4M3"];
        byte[] data = file.Bytes(name);
        uint type = (uint)Array.IndexOf(codes, file.Entries.First(entry => entry.Name == name).TypeName);
        return [.. Bytes((uint)data.Length, type), .. OldShape(file.Shape(name)), .. data];
    }

    public static byte[] OldShape(IReadOnlyList<long> shape) => Bytes([(uint)shape.Count, .. shape.Select(size => (uint)size)]);

    public static byte[] Bytes(params uint[] words)
    {
        byte[] bytes = new byte[words.Length * sizeof(uint)];
        for (int at = 0; at < words.Length; at++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at * sizeof(uint)), words[at]);
        }

        return bytes;
    }
}
