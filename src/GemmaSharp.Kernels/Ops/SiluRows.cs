using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>x / (1 + exp(-x)) of many rows, shared by the team.</summary>
public readonly ref struct SiluRows(Matrix rows) : IWork
{
    private const int RowsPerItem = 16;
    private readonly Matrix _rows = rows;

    /// <summary>In place.</summary>
    public static void Run(Matrix rows, ThreadTeam team)
    {
        SiluRows work = new(rows);
        team.Run(ref work, (rows.RowCount + RowsPerItem - 1) / RowsPerItem, 8L * rows.Values.Length);
    }

    /// <inheritdoc/>
    public void Run(int item) => Activation.Silu(_rows.Rows(item * RowsPerItem, int.Min(RowsPerItem, _rows.RowCount - (item * RowsPerItem))).Values);
}
