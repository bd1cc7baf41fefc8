using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// RMS norm of many rows with what stands before and after it in an encoder, shared by the team, one pass over memory:
/// into = f(norm(clip(x + bias))), and onto += factor * into where there is such a sum.
/// </summary>
public readonly ref struct NormalizeRows : IWork
{
    private const int RowsPerItem = 32;

    /// <summary>What is normalized, [rows, columns].</summary>
    public required Matrix X { get; init; }

    /// <summary>The result; it may be <see cref="X"/>.</summary>
    public required Matrix Into { get; init; }

    /// <summary>[columns].</summary>
    public required ReadOnlySpan<float> Weight { get; init; }

    /// <summary>Added to the mean square.</summary>
    public required float Epsilon { get; init; }

    /// <summary>[columns], or empty for zeros.</summary>
    public ReadOnlySpan<float> Bias { get; init; }

    /// <summary>Bound of the values before the norm; 0 leaves them.</summary>
    public float Clip { get; init; }

    /// <summary>What the normed values go through.</summary>
    public Nonlinearity Then { get; init; }

    /// <summary>A running sum, [rows, columns], or empty.</summary>
    public Matrix Onto { get; init; }

    /// <summary>Of what is added to the running sum, one rounding an element.</summary>
    public float Factor { get; init; }

    /// <summary>Runs all rows.</summary>
    public void Run(ThreadTeam team)
    {
        NormalizeRows work = this;
        team.Run(ref work, (X.RowCount + RowsPerItem - 1) / RowsPerItem, 8L * X.Values.Length);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        int end = int.Min((item + 1) * RowsPerItem, X.RowCount);
        for (int row = item * RowsPerItem; row < end; row++)
        {
            Span<float> y = Into[row];
            Normalize(X[row], y);
            if (Onto.RowCount > 0)
            {
                Elementwise.AddScaled(Onto[row], Factor, y);
            }
        }
    }

    private void Normalize(ReadOnlySpan<float> x, Span<float> y)
    {
        if (!Bias.IsEmpty)
        {
            x.CopyTo(y);
            Elementwise.Add(y, Bias);
            x = y;
        }

        if (Clip > 0)
        {
            x.CopyTo(y);
            Elementwise.Clamp(y, Clip);
            x = y;
        }

        RmsNormalize.Row(x, Weight, Epsilon, y);
        switch (Then)
        {
            case Nonlinearity.GeluTanh:
                Activation.GeluTanh(y);
                break;
            case Nonlinearity.Silu:
                Activation.Silu(y);
                break;
        }
    }
}

/// <summary>A pointwise function.</summary>
public enum Nonlinearity
{
    /// <summary>Values stay.</summary>
    None,

    /// <summary><see cref="Activation.GeluTanh"/>.</summary>
    GeluTanh,

    /// <summary><see cref="Activation.Silu"/>.</summary>
    Silu,
}
