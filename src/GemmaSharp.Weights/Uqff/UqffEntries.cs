using System.Buffers.Binary;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>The entries of a layer to be written (formats.md 13.2): ggml's blocks as format 0, floats as format 1.</summary>
internal static class UqffEntries
{
    private const string Weight = ".weight";
    private const byte Blocks = 0;
    private const byte Unquantised = 1;

    /// <summary>The key of a layer whose weight has that name.</summary>
    public static string KeyOf(GgufTensor layer) => layer.Name.Length > Weight.Length && layer.Name.EndsWith(Weight, StringComparison.Ordinal)
        ? layer.Name[..^Weight.Length]
        : throw new ArgumentException($"'{layer.Name}': a layer's name ends with {Weight}");

    /// <summary>The layer's entries, all that its format has.</summary>
    public static IEnumerable<StreamedTensor> OfLayer(GgufTensor layer)
    {
        string name = KeyOf(layer) + Weight;
        if (layer.Shape is not [> 0 and <= uint.MaxValue, > 0 and <= uint.MaxValue] || !GgufKind.CanHold(layer.Type))
        {
            throw new ArgumentException($"'{name}': {layer.Type} [{string.Join(", ", layer.Shape)}] is no layer of a UQFF file, a matrix of a type that these hold is expected");
        }

        return layer.Type is WeightType.F32 or WeightType.F16 or WeightType.BF16
            ? [new StreamedTensor(name, layer.Type.ToString(), layer.Shape, layer.ByteCount, layer.Data), Byte(name + ".format", Unquantised)]
            :
            [
                new StreamedTensor(name, "U8", [layer.ByteCount], layer.ByteCount, layer.Data),
                Byte(name + ".format", Blocks),
                Words(name + ".dtype", [], GgufTypes.IdOf(layer.Type)),
                Words(name + ".shape", [2], (uint)layer.Shape[0], (uint)layer.Shape[1]),
            ];
    }

    /// <summary>Whole numbers of 32 bits.</summary>
    public static StreamedTensor Words(string name, IReadOnlyList<long> shape, params ReadOnlySpan<uint> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(uint)];
        for (int at = 0; at < values.Length; at++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at * sizeof(uint)), values[at]);
        }

        return new StreamedTensor(name, "U32", shape, bytes.Length, [bytes]);
    }

    private static StreamedTensor Byte(string name, byte value) => new(name, "U8", [], 1, [new[] { value }]);
}
