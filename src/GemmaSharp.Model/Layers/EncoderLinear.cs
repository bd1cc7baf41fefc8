using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Layers;

/// <summary>y = W · x of an encoder, whose weights need not be in memory.</summary>
internal sealed class EncoderLinear(HeldWeights<WeightMatrix> weights, int outputs) : IEncoderPart
{
    public int OutputSize => outputs;

    public static EncoderLinear Load(WeightScope weights, int outputs, int inputs) =>
        new(new HeldWeights<WeightMatrix>(weights.MatrixLoader("weight", outputs, inputs), matrix => matrix.Bytes), outputs);

    /// <summary>x [n, inputs] to into [n, outputs].</summary>
    public void Forward(Matrix x, Matrix into, ThreadTeam team) => weights.Take().Multiply(x, into, team);

    public void Visit(Action<IHeldWeights> visit) => visit(weights);
}
