using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Gguf;

/// <summary>A tensor to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">How it is stored.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Data">Its bytes in pieces, made while they are written; a piece is done with when the next is asked for.</param>
public sealed record GgufTensor(string Name, WeightType Type, IReadOnlyList<long> Shape, IEnumerable<ReadOnlyMemory<byte>> Data)
{
    /// <summary>Number of weights.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Bytes of data.</summary>
    public long ByteCount => checked(Count / Shape[^1] * WeightTypes.RowBytes(Type, Shape[^1]));
}
