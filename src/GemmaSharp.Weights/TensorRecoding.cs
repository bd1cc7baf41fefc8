using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights;

/// <summary>Tensors of a checkpoint as bytes of another type, a few rows at a time, so that a model of any size passes through little memory.</summary>
public static class TensorRecoding
{
    private const int PieceWeights = 1 << 20;

    /// <summary>The bytes of a tensor made of others, one behind the other, and of zeros behind them; every piece is gone when the next is asked for.</summary>
    /// <param name="source">Holds the parts.</param>
    /// <param name="parts">What the tensor is made of.</param>
    /// <param name="shape">Its sizes, outermost first.</param>
    /// <param name="type">Its type; a row is whole blocks of it.</param>
    /// <param name="quantizer">How rows are quantised; null for one thread and columns that count alike.</param>
    /// <exception cref="WeightException">A part has a type that is no weight's, or the file no longer holds it.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Stream(
        IWeightSource source, IReadOnlyList<WeightEntry> parts, IReadOnlyList<long> shape, WeightType type, RowQuantizer? quantizer = null)
    {
        quantizer ??= RowQuantizer.Plain;
        int columns = checked((int)shape[^1]);
        long rows = shape.Take(shape.Count - 1).Aggregate(1L, (product, size) => checked(product * size));
        int most = int.Max(1, PieceWeights / columns);
        byte[] into = new byte[most * WeightTypes.RowBytes(type, columns)];
        float[] values = new float[most * columns];
        foreach (WeightEntry part in parts)
        {
            WeightType from = TypeOf(part);
            long partRows = part.Shape.Aggregate(1L, (product, size) => checked(product * size)) / columns;
            byte[] stored = new byte[most * WeightTypes.RowBytes(from, columns)];
            for (long row = 0; row < partRows; row += most)
            {
                int count = (int)long.Min(most, partRows - row);
                Memory<byte> read = stored.AsMemory(0, checked((int)(count * WeightTypes.RowBytes(from, columns))));
                source.Read(part, row * WeightTypes.RowBytes(from, columns), read.Span);
                yield return from == type ? read : quantizer.Recode(from, read, type, columns, values.AsMemory(0, count * columns), into);
            }

            rows -= partRows;
        }

        Array.Clear(values);
        for (long row = 0; row < rows; row += most)
        {
            yield return quantizer.Encode(type, columns, values.AsMemory(0, (int)long.Min(most, rows - row) * columns), into);
        }
    }

    /// <summary>The type of a tensor's weights.</summary>
    /// <exception cref="WeightException">They are none that this program reads.</exception>
    public static WeightType TypeOf(WeightEntry entry) => WeightTypes.Parse(entry.TypeName)
        ?? throw new WeightException($"{entry.File}: {entry.Name} has type {entry.TypeName}, one of {string.Join(", ", Enum.GetNames<WeightType>())} expected");
}
