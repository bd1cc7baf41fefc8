using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>Rows to be quantised, one an item.</summary>
internal readonly ref struct QuantizeRows(WeightType type, ReadOnlySpan<float> values, int columns, ReadOnlySpan<float> importance, Span<byte> into) : IWork
{
    /// <summary>Multiply-adds that a search spends on a weight, about.</summary>
    public const long CostOfWeight = 64;

    private readonly ReadOnlySpan<float> _values = values;
    private readonly ReadOnlySpan<float> _importance = importance;
    private readonly Span<byte> _into = into;

    /// <inheritdoc/>
    public void Run(int item)
    {
        int rowBytes = checked((int)WeightTypes.RowBytes(type, columns));
        Quantize.Rows(type, _values.Slice(item * columns, columns), columns, _importance, _into.Slice(item * rowBytes, rowBytes));
    }
}
