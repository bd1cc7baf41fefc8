using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Model.Export;

/// <summary>A tensor of a file to be made.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Type">Its type there.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Parts">The checkpoint's tensors that it is made of, one behind the other; what they leave of the shape is zeros.</param>
public sealed record ExportTensor(string Name, WeightType Type, IReadOnlyList<long> Shape, IReadOnlyList<WeightEntry> Parts)
{
    /// <summary>Number of weights.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Bytes of data.</summary>
    public long ByteCount => checked(Count / Shape[^1] * WeightTypes.RowBytes(Type, Shape[^1]));

    /// <summary>The tensor with its data, read from <paramref name="source"/> when it is written.</summary>
    /// <param name="source">Holds the parts.</param>
    /// <param name="quantizer">How rows are quantised; null for one thread and columns that count alike.</param>
    public GgufTensor From(IWeightSource source, RowQuantizer? quantizer = null) =>
        new(Name, Type, Shape, TensorRecoding.Stream(source, Parts, Shape, Type, quantizer));
}
