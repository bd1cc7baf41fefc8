using System.Runtime.InteropServices;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Tests;

/// <summary>Reads whole tensors of a reference file.</summary>
internal sealed class Tensors : IDisposable
{
    private readonly SafetensorsFile _file;

    private Tensors(string path) => _file = SafetensorsFile.Open(path);

    public IReadOnlyList<WeightEntry> Entries => _file.Entries;

    public static Tensors Open(string path) => new(path);

    public bool Has(string name) => _file.Find(name) is not null;

    public IReadOnlyList<long> Shape(string name) => _file.Find(name)!.Shape;

    public float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Bytes(name)).ToArray();

    public int[] Ints(string name) => _file.Find(name)!.TypeName == "I32"
        ? MemoryMarshal.Cast<byte, int>(Bytes(name)).ToArray()
        : Array.ConvertAll(MemoryMarshal.Cast<byte, long>(Bytes(name)).ToArray(), value => (int)value);

    public byte[] Bytes(string name)
    {
        WeightEntry entry = _file.Find(name) ?? throw new KeyNotFoundException(name);
        byte[] bytes = new byte[entry.ByteCount];
        _file.Read(entry, 0, bytes);
        return bytes;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Largest absolute difference; shapes must agree in length.</summary>
    public static float Distance(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        Assert.Equal(expected.Length, found.Length);
        float largest = 0;
        for (int at = 0; at < expected.Length; at++)
        {
            float distance = MathF.Abs(expected[at] - found[at]);
            largest = distance > largest || float.IsNaN(distance) ? distance : largest;
        }

        return largest;
    }
}
