using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>Learned augmented residual: x + norm(right · (left · x)), of low rank.</summary>
internal sealed class Laurel(Linear left, Linear right, RmsNorm norm) : IDisposable
{
    public static Laurel Load(WeightScope weights, TextConfig config) => new(
        new Linear(weights.Child("linear_left").Matrix("weight", config.LaurelRank, config.HiddenSize)),
        new Linear(weights.Child("linear_right").Matrix("weight", config.HiddenSize, config.LaurelRank)),
        RmsNorm.Load(weights, "post_laurel_norm", config.HiddenSize, config.RmsNormEpsilon));

    /// <summary>Adds left · x.</summary>
    public void AddTo(ref SharedProduct product, in ForwardPass pass) => left.AddTo(ref product, pass.Scratch.LowRank(left.OutputSize));

    /// <summary>From left · x on; x and into are [tokens, hidden].</summary>
    public void Forward(Matrix x, Matrix into, in ForwardPass pass)
    {
        right.Forward(pass.Scratch.LowRank(left.OutputSize), into, pass.Team);
        norm.AddTo(x, into, into, pass.Team);
    }

    public void Dispose()
    {
        left.Dispose();
        right.Dispose();
    }
}
