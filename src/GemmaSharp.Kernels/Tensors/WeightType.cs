namespace GemmaSharp.Kernels.Tensors;

/// <summary>How the weights of a matrix are stored in a file; block types bear the names that ggml gave them.</summary>
public enum WeightType
{
    /// <summary>IEEE single precision.</summary>
    F32,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>The upper half of an IEEE single.</summary>
    BF16,

    /// <summary>4 bits, one scale for 32 weights.</summary>
    Q4_0,

    /// <summary>4 bits, one scale and minimum for 32 weights.</summary>
    Q4_1,

    /// <summary>5 bits, one scale for 32 weights.</summary>
    Q5_0,

    /// <summary>5 bits, one scale and minimum for 32 weights.</summary>
    Q5_1,

    /// <summary>8 bits, one scale for 32 weights.</summary>
    Q8_0,

    /// <summary>2 bits, scales and minima of 4 bits for 16 weights, in blocks of 256.</summary>
    Q2_K,

    /// <summary>3 bits, scales of 6 bits for 16 weights, in blocks of 256.</summary>
    Q3_K,

    /// <summary>4 bits, scales and minima of 6 bits for 32 weights, in blocks of 256.</summary>
    Q4_K,

    /// <summary>5 bits, scales and minima of 6 bits for 32 weights, in blocks of 256.</summary>
    Q5_K,

    /// <summary>6 bits, scales of 8 bits for 16 weights, in blocks of 256.</summary>
    Q6_K,

    /// <summary>4 bits into a table of 16 values, one scale for 32 weights.</summary>
    IQ4_NL,

    /// <summary>4 bits into a table of 16 values, scales of 6 bits for 32 weights, in blocks of 256.</summary>
    IQ4_XS,

    /// <summary>A codebook of 256 vectors of 8, about 2.06 bits.</summary>
    IQ2_XXS,

    /// <summary>A codebook of 512 vectors of 8, about 2.31 bits.</summary>
    IQ2_XS,

    /// <summary>A codebook of 1024 vectors of 8, about 2.56 bits.</summary>
    IQ2_S,

    /// <summary>A codebook of 256 vectors of 4, about 3.06 bits.</summary>
    IQ3_XXS,

    /// <summary>A codebook of 512 vectors of 4, about 3.44 bits.</summary>
    IQ3_S,

    /// <summary>A codebook of 2048 vectors of 8, about 1.56 bits.</summary>
    IQ1_S,

    /// <summary>A codebook of 2048 vectors of 8, finer scales, 1.75 bits.</summary>
    IQ1_M,

    /// <summary>Three values, five to a byte, one scale for 256 weights.</summary>
    TQ1_0,

    /// <summary>Three values, four to a byte, one scale for 256 weights.</summary>
    TQ2_0,

    /// <summary>Floats of 4 bits, a power of two as scale for 32 weights.</summary>
    MXFP4,

    /// <summary>8 bits, one scale for 32 weights, and the sum of the codes.</summary>
    Q8_1,

    /// <summary>8 bits, one float32 scale for 256 weights, and sums of the codes.</summary>
    Q8_K,

    /// <summary>8 bits, one scale of 8 bits for 32 weights.</summary>
    F8Q8,

    /// <summary>Floats of 8 bits (E4M3), one scale for the tensor, repeated for 32 weights.</summary>
    FP8,

    /// <summary>2 bits, scale and minimum for 64 weights.</summary>
    AFQ2,

    /// <summary>3 bits, scale and minimum for 64 weights.</summary>
    AFQ3,

    /// <summary>4 bits, scale and minimum for 64 weights.</summary>
    AFQ4,

    /// <summary>6 bits, scale and minimum for 64 weights.</summary>
    AFQ6,

    /// <summary>8 bits, scale and minimum for 64 weights.</summary>
    AFQ8,

    /// <summary>4 bits, scale and zero for 64 weights of one column.</summary>
    HQQ4,

    /// <summary>8 bits, scale and zero for 64 weights of one column.</summary>
    HQQ8,
}
