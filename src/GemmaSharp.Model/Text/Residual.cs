using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Model.Text;

/// <summary>Where the attention's branch, its input and LAuReL's branch meet, row by row.</summary>
internal readonly ref struct Residual(Matrix attended, Matrix active, Matrix laurel) : IRowWork
{
    private const float InverseSqrt2 = 0.70710678f;
    private const long ValueCost = 8;
    private readonly Matrix _attended = attended;
    private readonly Matrix _active = active;
    private readonly Matrix _laurel = laurel;

    /// <summary>attended = (attended + active + laurel) / sqrt(2).</summary>
    public static void Join(Matrix attended, Matrix active, Matrix laurel, ThreadTeam team) =>
        team.RunRows(new Residual(attended, active, laurel), attended.RowCount, ValueCost * attended.ColumnCount);

    public void Run(int row)
    {
        Span<float> values = _attended[row];
        Elementwise.Add(values, _active[row]);
        Elementwise.Add(values, _laurel[row]);
        Elementwise.Scale(values, InverseSqrt2, values);
    }
}
