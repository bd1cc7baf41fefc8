namespace GemmaSharp.Kernels.Tensors;

/// <summary>How the weights of a matrix are stored in a file.</summary>
public enum WeightType
{
    /// <summary>IEEE single precision.</summary>
    F32,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>The upper half of an IEEE single.</summary>
    BF16,
}
