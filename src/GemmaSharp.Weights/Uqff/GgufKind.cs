using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Weights.Uqff;

/// <summary>Blocks of ggml, and blocks of F8Q8: rows in order, taken as they are.</summary>
internal static class GgufKind
{
    private const int F8Q8BlockBytes = 33;

    public static UqffTensor Read(string name, StoredTensor data, uint typeId, IReadOnlyList<long> shape) =>
        Direct(name, data, TypeOf(typeId) ?? throw data.Error($"has ggml type {typeId}, which UQFF files do not hold"), shape);

    public static UqffTensor ReadF8Q8(string name, StoredTensor data, uint blockCount, IReadOnlyList<long> shape) =>
        (long)blockCount * F8Q8BlockBytes == data.ByteCount
            ? Direct(name, data, WeightType.F8Q8, shape)
            : throw data.Error($"has {data.ByteCount} bytes, {blockCount} blocks of {F8Q8BlockBytes} expected");

    /// <summary>Whether a layer of ggml's blocks may have that type.</summary>
    public static bool CanHold(WeightType type) => GgufTypes.Has(type) && TypeOf(GgufTypes.IdOf(type)) == type;

    private static DirectTensor Direct(string name, StoredTensor data, WeightType type, IReadOnlyList<long> shape)
    {
        if (data.TypeName != "U8" || data.Shape.Count != 1)
        {
            throw data.Error($"is {data.Facts}, U8 of one size expected");
        }

        if (shape is not [> 0, > 0])
        {
            throw data.Error($"has the shape [{string.Join(", ", shape)}], [rows, columns] expected");
        }

        int block = WeightTypes.BlockLength(type);
        if (shape[1] % block != 0)
        {
            throw data.Error($"has {shape[1]} columns, a multiple of {block} expected for {type}");
        }

        UInt128 bytes = (UInt128)shape[0] * (UInt128)(shape[1] / block) * (UInt128)WeightTypes.BlockBytes(type);
        return bytes == (UInt128)data.ByteCount
            ? new DirectTensor(data.As(name, type.ToString(), shape, data.ByteCount), data)
            : throw data.Error($"has {data.ByteCount} bytes, {bytes} expected for {type} of shape [{string.Join(", ", shape)}]");
    }

    private static WeightType? TypeOf(uint id) => id switch
    {
        0 => WeightType.F32,
        1 => WeightType.F16,
        2 => WeightType.Q4_0,
        3 => WeightType.Q4_1,
        6 => WeightType.Q5_0,
        7 => WeightType.Q5_1,
        8 => WeightType.Q8_0,
        9 => WeightType.Q8_1,
        10 => WeightType.Q2_K,
        11 => WeightType.Q3_K,
        12 => WeightType.Q4_K,
        13 => WeightType.Q5_K,
        14 => WeightType.Q6_K,
        15 => WeightType.Q8_K,
        30 => WeightType.BF16,
        _ => null,
    };
}
