using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Gated linear units: the first half of a row times the sigmoid of the second, shared by the team.</summary>
public readonly ref struct GateRows(Matrix wide, Matrix into) : IWork
{
    private const int RowsPerItem = 16;
    private readonly Matrix _wide = wide;
    private readonly Matrix _into = into;

    /// <summary>wide [rows, 2 * columns], of which the second half is used up, to into [rows, columns].</summary>
    public static void Run(Matrix wide, Matrix into, ThreadTeam team)
    {
        GateRows work = new(wide, into);
        team.Run(ref work, (into.RowCount + RowsPerItem - 1) / RowsPerItem, 8L * into.Values.Length);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        int columns = _into.ColumnCount, end = int.Min((item + 1) * RowsPerItem, _into.RowCount);
        for (int row = item * RowsPerItem; row < end; row++)
        {
            Span<float> gate = _wide[row][columns..];
            Activation.Sigmoid(gate);
            _wide[row][..columns].CopyTo(_into[row]);
            Elementwise.Multiply(_into[row], gate);
        }
    }
}
