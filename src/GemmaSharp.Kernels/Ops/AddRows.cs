using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>into = into * scale + residual for every row, shared by the team.</summary>
public readonly ref struct AddRows(Matrix into, ReadOnlySpan<float> scale, Matrix residual) : IWork
{
    private const int RowsPerItem = 64;
    private readonly Matrix _into = into;
    private readonly ReadOnlySpan<float> _scale = scale;
    private readonly Matrix _residual = residual;

    /// <summary>into, residual [rows, columns]; scale [columns]; an empty scale means ones, an empty residual zeros.</summary>
    public static void Run(Matrix into, ReadOnlySpan<float> scale, Matrix residual, ThreadTeam team)
    {
        AddRows work = new(into, scale, residual);
        team.Run(ref work, (into.RowCount + RowsPerItem - 1) / RowsPerItem, 2L * into.Values.Length);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        int end = int.Min((item + 1) * RowsPerItem, _into.RowCount);
        for (int row = item * RowsPerItem; row < end; row++)
        {
            if (!_scale.IsEmpty)
            {
                Elementwise.Multiply(_into[row], _scale);
            }

            if (_residual.RowCount > 0)
            {
                Elementwise.Add(_into[row], _residual[row]);
            }
        }
    }
}
