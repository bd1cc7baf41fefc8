using GemmaSharp.Kernels.Ops;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.Text;

/// <summary>The activation the config names, times a second factor.</summary>
internal static class GatedActivation
{
    /// <summary>gate = activation(gate) * factor.</summary>
    public static void Multiply(Span<float> gate, ReadOnlySpan<float> factor, HiddenActivation activation)
    {
        if (activation == HiddenActivation.Gelu)
        {
            Activation.GeluErf(gate);
        }
        else
        {
            Activation.GeluTanh(gate);
        }

        Elementwise.Multiply(gate, factor);
    }
}
