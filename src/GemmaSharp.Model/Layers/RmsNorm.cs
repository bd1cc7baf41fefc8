using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Layers;

/// <summary>x / sqrt(mean(x²) + epsilon) * weight; without a weight where the checkpoint has none.</summary>
internal sealed class RmsNorm(float[] weight, float epsilon)
{
    /// <summary>A norm with the weight NAME.weight, [length].</summary>
    public static RmsNorm Load(WeightScope weights, string name, int length, float epsilon) =>
        new(weights.Child(name).Vector("weight", length), epsilon);

    /// <summary>A norm without a weight.</summary>
    public static RmsNorm Unweighted(float epsilon) => new([], epsilon);

    /// <summary>Normalizes every row; <paramref name="into"/> may be <paramref name="x"/>.</summary>
    public void Forward(Matrix x, Matrix into) => RmsNormalize.Rows(x, weight, epsilon, into);

    /// <summary>The same, shared by the team.</summary>
    public void Forward(Matrix x, Matrix into, ThreadTeam team) => RmsNormalize.Rows(x, weight, epsilon, into, team);

    /// <summary>into = addend + norm(x); <paramref name="into"/> may be either.</summary>
    public void AddTo(Matrix addend, Matrix x, Matrix into, ThreadTeam team) => RmsNormalize.AddRows(x, weight, epsilon, addend, into, team);

    /// <summary>Normalizes heads of <paramref name="headDim"/> values in place; rows are [tokens, heads * headDim].</summary>
    public void ForwardHeads(Matrix x, int headDim, ThreadTeam team)
    {
        Matrix heads = new(x.Values, x.Values.Length / headDim, headDim);
        RmsNormalize.Rows(heads, weight, epsilon, heads, team);
    }
}
