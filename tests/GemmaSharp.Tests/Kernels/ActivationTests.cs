using GemmaSharp.Kernels.Ops;

namespace GemmaSharp.Tests.Kernels;

/// <summary>Pointwise functions against double precision, and an element's bits against its place.</summary>
public sealed class ActivationTests
{
    // A few roundings of values of at most 1.
    private const double UnitTolerance = 5e-7;
    private const int Count = 4001;

    public static TheoryData<string> Names => ["gelu", "silu", "sigmoid", "softcap"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Apply_Sweep_EqualsDouble(string name)
    {
        float[] x = Sweep(), y = [.. x];
        Apply(name, y);
        for (int at = 0; at < Count; at++)
        {
            double exact = Exact(name, x[at]);
            Assert.InRange(Math.Abs(exact - y[at]), 0, UnitTolerance * Math.Max(1, Math.Abs(name == "softcap" ? 30 : exact)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Apply_OneByOne_SameBitsAsTogether(string name)
    {
        float[] together = Sweep(), alone = Sweep();
        Apply(name, together);
        for (int at = 0; at < Count; at++)
        {
            Apply(name, alone.AsSpan(at, 1));
        }

        Assert.Equal(together, alone);
    }

    [Fact]
    public void GaussianTopK_Row_EqualsDefinition()
    {
        float[] x = Sweep(), y = [.. x];
        GaussianTopK.Row(y, 1.5f);
        double mean = x.Average(value => (double)value), sigma = Math.Sqrt(x.Average(value => (value - mean) * (value - mean)));
        for (int at = 0; at < Count; at++)
        {
            // The cutoff, around 15, is rounded to float32.
            Assert.InRange(Math.Abs(Math.Max(0, x[at] - (mean + (1.5 * sigma))) - y[at]), 0, 4e-6);
        }
    }

    private static float[] Sweep()
    {
        float[] values = new float[Count];
        for (int at = 0; at < Count; at++)
        {
            values[at] = (at - (Count / 2)) * 0.01f;
        }

        return values;
    }

    private static void Apply(string name, Span<float> values)
    {
        switch (name)
        {
            case "gelu":
                Activation.GeluTanh(values);
                break;
            case "silu":
                Activation.Silu(values);
                break;
            case "sigmoid":
                Activation.Sigmoid(values);
                break;
            default:
                Activation.Softcap(values, 30);
                break;
        }
    }

    private static double Exact(string name, double x) => name switch
    {
        "gelu" => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        "silu" => x / (1 + Math.Exp(-x)),
        "sigmoid" => 1 / (1 + Math.Exp(-x)),
        _ => 30 * Math.Tanh(x / 30),
    };
}
