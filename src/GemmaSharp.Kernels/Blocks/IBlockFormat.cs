namespace GemmaSharp.Kernels.Blocks;

/// <summary>A block format: how many weights share a block, its bytes in a file, and their exact values.</summary>
internal unsafe interface IBlockFormat
{
    /// <summary>Weights in a block.</summary>
    static abstract int Length { get; }

    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Writes the <see cref="Length"/> weights of the block at <paramref name="from"/>; any bytes are a block.</summary>
    static abstract void Decode(byte* from, float* into);
}
