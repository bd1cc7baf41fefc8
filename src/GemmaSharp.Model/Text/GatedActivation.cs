using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.Text;

/// <summary>The activation the config names, times a second factor, row by row.</summary>
internal readonly ref struct GatedActivation(Matrix gate, Matrix factor, HiddenActivation activation, float? cutoffDeviations) : IRowWork
{
    private const long ValueCost = 16;
    private readonly Matrix _gate = gate;
    private readonly Matrix _factor = factor;

    /// <summary>gate = activation(gate) * factor; before it, where deviations are given, only the top of each row's distribution passes.</summary>
    public static void Multiply(Matrix gate, Matrix factor, HiddenActivation activation, float? cutoffDeviations, ThreadTeam team) =>
        team.RunRows(new GatedActivation(gate, factor, activation, cutoffDeviations), gate.RowCount, ValueCost * gate.ColumnCount);

    /// <summary>gate = activation(gate) alone.</summary>
    public static void Apply(Matrix gate, HiddenActivation activation, float? cutoffDeviations, ThreadTeam team) =>
        team.RunRows(new GatedActivation(gate, default, activation, cutoffDeviations), gate.RowCount, ValueCost * gate.ColumnCount);

    public void Run(int row)
    {
        Span<float> values = _gate[row];
        if (cutoffDeviations is float deviations)
        {
            GaussianTopK.Row(values, deviations);
        }

        if (activation == HiddenActivation.Gelu)
        {
            Activation.GeluErf(values);
        }
        else
        {
            Activation.GeluTanh(values);
        }

        if (_factor.RowCount > 0)
        {
            Elementwise.Multiply(values, _factor[row]);
        }
    }
}
