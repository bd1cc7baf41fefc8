namespace GemmaSharp.Weights.Safetensors;

/// <summary>The element types of safetensors.</summary>
internal static class ElementTypes
{
    private static readonly string[] Ranks =
    [
        "BOOL", "F4", "F6_E2M3", "F6_E3M2", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "C64", "F64", "I64",
        "U64",
    ];

    /// <summary>Bits of one element, or null for a name that the format does not know.</summary>
    public static int? BitsOf(string type) => type switch
    {
        "F4" => 4,
        "F6_E2M3" or "F6_E3M2" => 6,
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 8,
        "I16" or "U16" or "F16" or "BF16" => 16,
        "I32" or "U32" or "F32" => 32,
        "I64" or "U64" or "F64" or "C64" => 64,
        _ => null,
    };

    /// <summary>The place of a type in the reference library's list, which grows with the width.</summary>
    public static int RankOf(string type) => Array.IndexOf(Ranks, type);
}
