using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Model.Layers;

/// <summary>y = W · x without bias; the only kind Gemma 3n has.</summary>
internal sealed class Linear(WeightMatrix weights) : IDisposable
{
    public int OutputSize => weights.RowCount;

    public long Bytes => weights.Bytes;

    /// <summary>x [n, inputs] to into [n, outputs].</summary>
    public void Forward(Matrix x, Matrix into, ThreadTeam team) => weights.Multiply(x, into, team);

    /// <summary>The same where <paramref name="needed"/> [n, outputs] is not zero; elsewhere that, or zero where it is less work.</summary>
    public void ForwardWhere(Matrix x, Matrix needed, Matrix into, ThreadTeam team) => weights.MultiplyWhere(x, needed, into, team);

    /// <summary>The same as a part of several products of the same rows.</summary>
    public void AddTo(ref SharedProduct product, Matrix into) => product.Add(weights, into);

    /// <summary>The first outputs alone, over the same weights.</summary>
    public Linear FirstOutputs(int count) => new(weights.Prefix(count, weights.ColumnCount));

    /// <summary>The first inputs alone, over the same weights.</summary>
    public Linear FirstInputs(int count) => new(weights.Prefix(weights.RowCount, count));

    /// <summary>One row of the weights, [inputs]: the embedding of an id when the matrix is an embedding table.</summary>
    public void ReadRow(int row, Span<float> into) => weights.ReadRow(row, into);

    public void Dispose() => weights.Dispose();
}
