namespace GemmaSharp.Kernels.Tensors;

/// <summary>Facts of weight types: how many weights share a block and how many bytes it takes.</summary>
public static class WeightTypes
{
    /// <summary>Weights of a row in one block; 1 for floats.</summary>
    public static int BlockLength(WeightType type) => type switch
    {
        WeightType.F32 or WeightType.F16 or WeightType.BF16 or WeightType.HQQ4 or WeightType.HQQ8 => 1,
        WeightType.Q4_0 or WeightType.Q4_1 or WeightType.Q5_0 or WeightType.Q5_1 or WeightType.Q8_0
            or WeightType.IQ4_NL or WeightType.MXFP4 or WeightType.Q8_1 or WeightType.F8Q8 or WeightType.FP8 => 32,
        WeightType.AFQ2 or WeightType.AFQ3 or WeightType.AFQ4 or WeightType.AFQ6 or WeightType.AFQ8 => 64,
        _ => 256,
    };

    /// <summary>
    /// Rows that share a block: 1, but 64 for HQQ, where rows r, r + rows / 64, r + 2 rows / 64, ... do, and where the bytes of a matrix
    /// are [rows / 64, columns, block].
    /// </summary>
    public static int BlockRows(WeightType type) => type is WeightType.HQQ4 or WeightType.HQQ8 ? 64 : 1;

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
        WeightType.Q8_1 or WeightType.FP8 or WeightType.AFQ4 => 36,
        WeightType.Q8_K => 292,
        WeightType.F8Q8 => 33,
        WeightType.AFQ2 => 20,
        WeightType.AFQ3 => 28,
        WeightType.AFQ6 => 52,
        WeightType.AFQ8 => 68,
        WeightType.HQQ4 => 40,
        WeightType.HQQ8 => 72,
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
