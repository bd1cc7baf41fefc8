using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>RMS norm of many rows with an optional GELU after it, shared by the team.</summary>
public readonly ref struct NormalizeRows(Matrix rows, ReadOnlySpan<float> weight, float epsilon, bool gelu) : IWork
{
    private const int RowsPerItem = 64;
    private readonly Matrix _rows = rows;
    private readonly ReadOnlySpan<float> _weight = weight;
    private readonly float _epsilon = epsilon;
    private readonly bool _gelu = gelu;

    /// <summary>Normalizes in place.</summary>
    public static void Run(Matrix rows, ReadOnlySpan<float> weight, float epsilon, bool gelu, ThreadTeam team)
    {
        NormalizeRows work = new(rows, weight, epsilon, gelu);
        team.Run(ref work, (rows.RowCount + RowsPerItem - 1) / RowsPerItem, 8L * rows.Values.Length);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        int first = item * RowsPerItem;
        Matrix part = _rows.Rows(first, int.Min(RowsPerItem, _rows.RowCount - first));
        RmsNormalize.Rows(part, _weight, _epsilon, part);
        if (_gelu)
        {
            Activation.GeluTanh(part.Values);
        }
    }
}
