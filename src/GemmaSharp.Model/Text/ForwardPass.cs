using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Cache;

namespace GemmaSharp.Model.Text;

/// <summary>What a running pass carries: positions, caches, scratch, threads and an optional observer.</summary>
internal readonly ref struct ForwardPass
{
    /// <summary>Absolute position of the first token of the pass; 0 is the first of the sequence.</summary>
    public required int Position { get; init; }

    public required KvCache Cache { get; init; }

    public required TextScratch Scratch { get; init; }

    public required ThreadTeam Team { get; init; }

    public TensorTap? Tap { get; init; }

    /// <summary>Reports an activation of a layer under the name NAME.LAYER.</summary>
    public void Observe(string name, int layer, Matrix values) => Tap?.Invoke($"{name}.{layer}", [values.RowCount, values.ColumnCount], values.Values);

    /// <summary>The same for rows of heads, reported as [tokens, heads, headDim].</summary>
    public void ObserveHeads(string name, int layer, Matrix values, int headDim) =>
        Tap?.Invoke($"{name}.{layer}", [values.RowCount, values.ColumnCount / headDim, headDim], values.Values);

    /// <summary>The same pass from another position on.</summary>
    public ForwardPass At(int position) => new() { Position = position, Cache = Cache, Scratch = Scratch, Team = Team, Tap = Tap };
}
