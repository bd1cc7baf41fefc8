using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights.Gguf;

/// <summary>The numbers that stand for element types in GGUF, with ggml's names and block sizes.</summary>
internal static class GgufTypes
{
    private const uint LastId = 63;

    /// <summary>Name, weights and bytes of a block; or a reason why there is none.</summary>
    /// <param name="id">The number in the file.</param>
    /// <param name="type">Only valid when the result is true.</param>
    public static bool TryGet(uint id, out GgufType type)
    {
        string? name = id switch
        {
            0 => nameof(WeightType.F32),
            1 => nameof(WeightType.F16),
            2 => nameof(WeightType.Q4_0),
            3 => nameof(WeightType.Q4_1),
            6 => nameof(WeightType.Q5_0),
            7 => nameof(WeightType.Q5_1),
            8 => nameof(WeightType.Q8_0),
            10 => nameof(WeightType.Q2_K),
            11 => nameof(WeightType.Q3_K),
            12 => nameof(WeightType.Q4_K),
            13 => nameof(WeightType.Q5_K),
            14 => nameof(WeightType.Q6_K),
            16 => nameof(WeightType.IQ2_XXS),
            17 => nameof(WeightType.IQ2_XS),
            18 => nameof(WeightType.IQ3_XXS),
            19 => nameof(WeightType.IQ1_S),
            20 => nameof(WeightType.IQ4_NL),
            21 => nameof(WeightType.IQ3_S),
            22 => nameof(WeightType.IQ2_S),
            23 => nameof(WeightType.IQ4_XS),
            29 => nameof(WeightType.IQ1_M),
            30 => nameof(WeightType.BF16),
            34 => nameof(WeightType.TQ1_0),
            35 => nameof(WeightType.TQ2_0),
            39 => nameof(WeightType.MXFP4),
            _ => null,
        };
        if (name is not null && WeightTypes.Parse(name) is WeightType known)
        {
            type = new GgufType(name, WeightTypes.BlockLength(known), WeightTypes.BlockBytes(known));
            return true;
        }

        // Listed, but nothing computes with them.
        type = id switch
        {
            9 => new GgufType("Q8_1", 32, 36),
            15 => new GgufType("Q8_K", 256, 292),
            24 => new GgufType("I8", 1, 1),
            25 => new GgufType("I16", 1, 2),
            26 => new GgufType("I32", 1, 4),
            27 => new GgufType("I64", 1, 8),
            28 => new GgufType("F64", 1, 8),
            40 => new GgufType("NVFP4", 64, 36),
            41 => new GgufType("Q1_0", 128, 18),
            42 => new GgufType("Q2_0", 64, 18),
            _ => default,
        };
        return type.BlockLength > 0;
    }

    /// <summary>The number that stands for a type in a file.</summary>
    public static uint IdOf(WeightType type) => FindId(type) ?? throw new ArgumentOutOfRangeException(nameof(type), type, "GGUF has no such type");

    /// <summary>Whether there is a number for a type.</summary>
    public static bool Has(WeightType type) => FindId(type) is not null;

    private static uint? FindId(WeightType type)
    {
        string name = type.ToString();
        for (uint id = 0; id <= LastId; id++)
        {
            if (TryGet(id, out GgufType found) && found.Name == name)
            {
                return id;
            }
        }

        return null;
    }

    /// <summary>What a type that is refused was.</summary>
    public static string Describe(uint id) => id switch
    {
        4 => "Q4_2, which GGUF no longer has",
        5 => "Q4_3, which GGUF no longer has",
        31 => "Q4_0_4_4, which GGUF no longer has; convert the file to Q4_0",
        32 => "Q4_0_4_8, which GGUF no longer has; convert the file to Q4_0",
        33 => "Q4_0_8_8, which GGUF no longer has; convert the file to Q4_0",
        36 => "IQ4_NL_4_4, which GGUF no longer has; convert the file to IQ4_NL",
        37 => "IQ4_NL_4_8, which GGUF no longer has; convert the file to IQ4_NL",
        38 => "IQ4_NL_8_8, which GGUF no longer has; convert the file to IQ4_NL",
        _ => "unknown; perhaps the file is newer than this program",
    };
}

/// <summary>An element type of GGUF.</summary>
/// <param name="Name">As ggml spells it.</param>
/// <param name="BlockLength">Weights in a block.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
internal readonly record struct GgufType(string Name, int BlockLength, int BlockBytes);
