using System.Buffers.Binary;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>Turns weights into float32, from weight <paramref name="first"/> on in row-major order.</summary>
internal delegate void WeightDecoder(long first, Span<float> into);

/// <summary>Floats: weights stored as such, and weights that are turned into float32 while they are read.</summary>
internal static class FloatKind
{
    public static UqffTensor Read(string name, StoredTensor tensor) => tensor.TypeName is "F32" or "F16" or "BF16"
        ? new DirectTensor(tensor.As(name, tensor.TypeName, tensor.Shape, tensor.ByteCount), tensor)
        : throw tensor.Error($"is unquantised and of type {tensor.TypeName}; F32, F16 or BF16 expected");

    /// <summary>A weight whose layout has no packed form here; the caller knows that the shape's product is bounded by the file.</summary>
    public static UqffTensor Expand(string name, StoredTensor codes, IReadOnlyList<long> shape, WeightDecoder decode) => new RepackedTensor(
        codes.As(name, nameof(WeightType.F32), shape, shape[0] * shape[1] * sizeof(float)),
        sizeof(float),
        (first, count, into) =>
        {
            float[] values = new float[count];
            decode(first, values);
            for (int at = 0; at < count; at++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(into[(at * sizeof(float))..], values[at]);
            }
        });
}
