namespace GemmaSharp.Kernels.KeyValues;

/// <summary>How cached keys and values are stored.</summary>
public enum CacheType
{
    /// <summary>IEEE single precision, as they were computed.</summary>
    F32,

    /// <summary>IEEE half precision; what is beyond its range becomes its largest value.</summary>
    F16,

    /// <summary>The upper half of an IEEE single, rounded.</summary>
    BF16,

    /// <summary>Signed bytes, one float32 scale for 32 values of a row.</summary>
    Q8_0,
}
