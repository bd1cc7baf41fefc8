using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Model.Text;

/// <summary>What a running pass carries: rows of one or several sequences, scratch, threads and an optional observer.</summary>
internal readonly ref struct ForwardPass
{
    /// <summary>What of the decoder runs.</summary>
    public required ModelSlice Slice { get; init; }

    public required TextScratch Scratch { get; init; }

    /// <summary>Whose tokens the rows are.</summary>
    public PassRows Rows => Scratch.Rows;

    public required ThreadTeam Team { get; init; }

    public TensorTap? Tap { get; init; }

    /// <summary>Reports an activation of a layer under the name NAME.LAYER.</summary>
    public void Observe(string name, int layer, Matrix values) => Tap?.Invoke($"{name}.{layer}", [values.RowCount, values.ColumnCount], values.Values);

    /// <summary>The same for rows of heads, reported as [tokens, heads, headDim].</summary>
    public void ObserveHeads(string name, int layer, Matrix values, int headDim) =>
        Tap?.Invoke($"{name}.{layer}", [values.RowCount, values.ColumnCount / headDim, headDim], values.Values);
}
