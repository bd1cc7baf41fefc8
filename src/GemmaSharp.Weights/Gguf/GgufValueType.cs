namespace GemmaSharp.Weights.Gguf;

/// <summary>The types of metadata values, with the numbers that stand for them in a file.</summary>
public enum GgufValueType
{
    /// <summary>8 bits, unsigned.</summary>
    U8 = 0,

    /// <summary>8 bits, signed.</summary>
    I8 = 1,

    /// <summary>16 bits, unsigned.</summary>
    U16 = 2,

    /// <summary>16 bits, signed.</summary>
    I16 = 3,

    /// <summary>32 bits, unsigned.</summary>
    U32 = 4,

    /// <summary>32 bits, signed.</summary>
    I32 = 5,

    /// <summary>IEEE single precision.</summary>
    F32 = 6,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 7,

    /// <summary>UTF-8 bytes behind their count.</summary>
    Text = 8,

    /// <summary>Values of one other type behind their count.</summary>
    Array = 9,

    /// <summary>64 bits, unsigned.</summary>
    U64 = 10,

    /// <summary>64 bits, signed.</summary>
    I64 = 11,

    /// <summary>IEEE double precision.</summary>
    F64 = 12,
}
