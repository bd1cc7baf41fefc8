namespace GemmaSharp.Kernels.Tensors;

/// <summary>Facts of weight types: how many weights share a block and how many bytes it takes.</summary>
public static class WeightTypes
{
    /// <summary>Weights in one block; 1 for floats.</summary>
    public static int BlockLength(WeightType type) => type switch
    {
        WeightType.F32 or WeightType.F16 or WeightType.BF16 => 1,
        WeightType.Q4_0 or WeightType.Q4_1 or WeightType.Q5_0 or WeightType.Q5_1 or WeightType.Q8_0
            or WeightType.IQ4_NL or WeightType.MXFP4 => 32,
        _ => 256,
    };

    /// <summary>Bytes of one block.</summary>
    public static int BlockBytes(WeightType type) => type switch
    {
        WeightType.F32 => 4,
        WeightType.F16 or WeightType.BF16 => 2,
        WeightType.Q4_0 or WeightType.IQ4_NL => 18,
        WeightType.Q4_1 => 20,
        WeightType.Q5_0 => 22,
        WeightType.Q5_1 => 24,
        WeightType.Q8_0 => 34,
        WeightType.Q2_K => 84,
        WeightType.Q3_K or WeightType.IQ3_S => 110,
        WeightType.Q4_K => 144,
        WeightType.Q5_K => 176,
        WeightType.Q6_K => 210,
        WeightType.IQ4_XS => 136,
        WeightType.IQ2_XXS or WeightType.TQ2_0 => 66,
        WeightType.IQ2_XS => 74,
        WeightType.IQ2_S => 82,
        WeightType.IQ3_XXS => 98,
        WeightType.IQ1_S => 50,
        WeightType.IQ1_M => 56,
        WeightType.TQ1_0 => 54,
        WeightType.MXFP4 => 17,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown weight type"),
    };

    /// <summary>Bytes of <paramref name="length"/> weights in a row; the length must be whole blocks.</summary>
    public static long RowBytes(WeightType type, long length)
    {
        int block = BlockLength(type);
        return length % block == 0
            ? checked(length / block * BlockBytes(type))
            : throw new ArgumentException($"{length} weights are no whole number of {type} blocks of {block}");
    }

    /// <summary>The type of that name (F32, Q4_0, Q4_K, ...), or null.</summary>
    public static WeightType? Parse(string name) =>
        Enum.TryParse(name, out WeightType type) && Enum.IsDefined(type) && type.ToString() == name ? type : null;
}
