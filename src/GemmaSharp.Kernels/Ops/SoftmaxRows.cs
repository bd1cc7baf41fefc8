using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Softmax of many rows, shared by the team.</summary>
public readonly ref struct SoftmaxRows(Matrix rows) : IWork
{
    private const int RowsPerItem = 16;
    private readonly Matrix _rows = rows;

    /// <summary>In place.</summary>
    public static void Run(Matrix rows, ThreadTeam team)
    {
        SoftmaxRows work = new(rows);
        team.Run(ref work, (rows.RowCount + RowsPerItem - 1) / RowsPerItem, 8L * rows.Values.Length);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        int end = int.Min((item + 1) * RowsPerItem, _rows.RowCount);
        for (int row = item * RowsPerItem; row < end; row++)
        {
            Softmax.Row(_rows[row]);
        }
    }
}
