using System.Text;

namespace GemmaSharp.Tests.Weights.Gguf;

/// <summary>Builds small GGUF files in memory.</summary>
internal sealed class GgufBytes
{
    private const int Alignment = 32;
    private readonly List<byte> _keys = [];
    private readonly List<byte> _tensors = [];
    private readonly List<byte> _data = [];
    private int _keyCount;
    private int _tensorCount;

    public GgufBytes Text(string key, string value) => Key(key, 8, Bytes(value));

    public GgufBytes U32(string key, uint value) => Key(key, 4, BitConverter.GetBytes(value));

    public GgufBytes F32(string key, float value) => Key(key, 6, BitConverter.GetBytes(value));

    public GgufBytes Texts(string key, params string[] values) => List(key, 8, values.Length, [.. values.SelectMany(Bytes)]);

    public GgufBytes F32s(string key, params float[] values) => List(key, 6, values.Length, [.. values.SelectMany(BitConverter.GetBytes)]);

    public GgufBytes I32s(string key, params int[] values) => List(key, 5, values.Length, [.. values.SelectMany(BitConverter.GetBytes)]);

    /// <summary>A tensor of type F32.</summary>
    public GgufBytes Tensor(string name, params ulong[] ne)
    {
        _tensorCount++;
        _tensors.AddRange(Bytes(name));
        _tensors.AddRange(BitConverter.GetBytes(ne.Length));
        Array.ForEach(ne, size => _tensors.AddRange(BitConverter.GetBytes(size)));
        _tensors.AddRange(BitConverter.GetBytes(0));
        _tensors.AddRange(BitConverter.GetBytes((ulong)_data.Count));
        _data.AddRange(new byte[4 * (int)ne.Aggregate((a, b) => a * b)]);
        Pad(_data);
        return this;
    }

    public byte[] ToArray()
    {
        List<byte> file = [];
        file.AddRange("GGUF"u8);
        file.AddRange(BitConverter.GetBytes(3));
        file.AddRange(BitConverter.GetBytes((ulong)_tensorCount));
        file.AddRange(BitConverter.GetBytes((ulong)_keyCount));
        file.AddRange(_keys);
        file.AddRange(_tensors);
        Pad(file);
        file.AddRange(_data);
        return [.. file];
    }

    private static byte[] Bytes(string text) => [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static void Pad(List<byte> stream) => stream.AddRange(new byte[(Alignment - (int)(stream.Count % Alignment)) % Alignment]);

    private GgufBytes List(string key, uint type, int count, byte[] values) =>
        Key(key, 9, [.. BitConverter.GetBytes(type), .. BitConverter.GetBytes((ulong)count), .. values]);

    private GgufBytes Key(string key, uint type, byte[] value)
    {
        _keyCount++;
        _keys.AddRange(Bytes(key));
        _keys.AddRange(BitConverter.GetBytes(type));
        _keys.AddRange(value);
        return this;
    }
}
