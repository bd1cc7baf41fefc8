using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>RMS norm of many rows with an optional GELU after it, shared by the team.</summary>
public readonly ref struct NormalizeRows(Matrix rows, ReadOnlySpan<float> weight, float epsilon, bool gelu) : IWork
{
    private const int RowsPerItem = 32;
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int item)
    {
        int end = int.Min((item + 1) * RowsPerItem, _rows.RowCount);
        for (int row = item * RowsPerItem; row < end; row++)
        {
            RmsNormalize.Row(_rows[row], _weight, _epsilon, _rows[row]);
            if (_gelu)
            {
                Activation.GeluTanh(_rows[row]);
            }
        }
    }
}
