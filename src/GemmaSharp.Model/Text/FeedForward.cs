using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>down · (gelu(gate · x) * (up · x)); in the first layers only the top of the gate's distribution passes.</summary>
internal sealed class FeedForward(Linear gate, Linear up, Linear down, float? cutoffDeviations, HiddenActivation activation, int layer) : IDisposable
{
    public static FeedForward Load(WeightScope weights, TextConfig config, int layer)
    {
        int width = config.IntermediateSizes[layer];
        return new FeedForward(
            new Linear(weights.Child("gate_proj").Matrix("weight", width, config.HiddenSize)),
            new Linear(weights.Child("up_proj").Matrix("weight", width, config.HiddenSize)),
            new Linear(weights.Child("down_proj").Matrix("weight", config.HiddenSize, width)),
            config.SparsityDeviations[layer],
            config.HiddenActivation,
            layer);
    }

    /// <summary>The first <paramref name="width"/> channels alone, over the same weights.</summary>
    public FeedForward Narrow(int width) => width == gate.OutputSize
        ? this
        : new FeedForward(gate.FirstOutputs(width), up.FirstOutputs(width), down.FirstInputs(width), cutoffDeviations, activation, layer);

    /// <summary>x and into are [tokens, hidden].</summary>
    public void Forward(Matrix x, Matrix into, in ForwardPass pass)
    {
        pass.Observe("mlp_in", layer, x);
        Matrix gated = pass.Scratch.Gate(gate.OutputSize), raised = pass.Scratch.Up(up.OutputSize);
        if (x.RowCount == 1 && cutoffDeviations is not null)
        {
            RaiseWhereOpen(x, gated, raised, pass.Team);
        }
        else
        {
            SharedProduct inputs = new(x, pass.Team);
            gate.AddTo(ref inputs, gated);
            up.AddTo(ref inputs, raised);
            inputs.Run();
            GatedActivation.Multiply(gated, raised, activation, cutoffDeviations, pass.Team);
        }

        pass.Observe("mlp_hidden", layer, gated);
        down.Forward(gated, into, pass.Team);
    }

    public void Dispose()
    {
        gate.Dispose();
        up.Dispose();
        down.Dispose();
    }

    // Of one token 95 of 100 gates are exactly zero: weights of up that only these would take are not read.
    private void RaiseWhereOpen(Matrix x, Matrix gated, Matrix raised, ThreadTeam team)
    {
        gate.Forward(x, gated, team);
        GatedActivation.Apply(gated, activation, cutoffDeviations, team);
        up.ForwardWhere(x, gated, raised, team);
        Elementwise.Multiply(gated.Values, raised.Values);
    }
}
