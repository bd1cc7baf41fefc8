namespace GemmaSharp.Weights;

/// <summary>One tensor of a checkpoint.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="TypeName">Its element type as the file spells it (F32, BF16, I64, ...).</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Offset">Byte offset in <paramref name="File"/>.</param>
/// <param name="ByteCount">Bytes of data.</param>
/// <param name="File">Path of the file that holds it.</param>
public sealed record WeightEntry(string Name, string TypeName, IReadOnlyList<long> Shape, long Offset, long ByteCount, string File)
{
    /// <summary>The shape as text: [2048, 512].</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
