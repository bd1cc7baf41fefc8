using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// A group norm over rows [time, frequency * channels] whose statistics run forward in time, and a ReLU. Each frame is measured against its own
/// running mean and the squares add up (audio.md 4), so the variance is not that of the prefix. Sums are double: frames by themselves, in four
/// lanes, then one frame after the other.
/// </summary>
public readonly ref struct CumulativeNormalize : IWork
{
    private const int RowsPerItem = 16;
    private readonly Matrix _rows;
    private readonly ReadOnlySpan<float> _weight;
    private readonly Span<double> _means;
    private readonly Span<double> _sums;
    private readonly Step _step;

    private CumulativeNormalize(Matrix rows, ReadOnlySpan<float> weight, Span<double> means, Span<double> sums, Step step)
    {
        _rows = rows;
        _weight = weight;
        _means = means;
        _sums = sums;
        _step = step;
    }

    // What a pass over the rows does.
    private enum Step
    {
        Sum,
        SumSquares,
        Finish,
    }

    /// <summary>In place; weight [channels], channels innermost.</summary>
    public static void Run(Matrix rows, ReadOnlySpan<float> weight, float epsilon, ThreadTeam team)
    {
        double[] means = new double[rows.RowCount], sums = new double[rows.RowCount];
        Pass(Step.Sum, rows, weight, means, sums, team);
        double total = 0, squares = 0;
        for (int time = 0; time < sums.Length; time++)
        {
            total += sums[time];
            means[time] = total / ((time + 1.0) * rows.ColumnCount);
        }

        Pass(Step.SumSquares, rows, weight, means, sums, team);
        for (int time = 0; time < sums.Length; time++)
        {
            squares += sums[time];
            sums[time] = 1 / double.Sqrt((squares / ((time + 1.0) * rows.ColumnCount)) + epsilon);
        }

        Pass(Step.Finish, rows, weight, means, sums, team);
    }

    /// <inheritdoc/>
    public void Run(int item)
    {
        int end = int.Min((item + 1) * RowsPerItem, _rows.RowCount);
        for (int time = item * RowsPerItem; time < end; time++)
        {
            switch (_step)
            {
                case Step.Finish:
                    Finish(_rows[time], (float)_means[time], (float)_sums[time]);
                    break;
                case Step.SumSquares:
                    _sums[time] = RowSums.Squares(_rows[time], _means[time]);
                    break;
                default:
                    _sums[time] = RowSums.Plain(_rows[time]);
                    break;
            }
        }
    }

    private static void Pass(Step step, Matrix rows, ReadOnlySpan<float> weight, Span<double> means, Span<double> sums, ThreadTeam team)
    {
        CumulativeNormalize work = new(rows, weight, means, sums, step);
        team.Run(ref work, (rows.RowCount + RowsPerItem - 1) / RowsPerItem, 2L * rows.Values.Length);
    }

    private void Finish(Span<float> row, float center, float scale)
    {
        for (int at = 0; at < row.Length; at += _weight.Length)
        {
            Span<float> place = row.Slice(at, _weight.Length);
            Elementwise.Shift(place, -center);
            Elementwise.ScaleMultiply(place, scale, _weight, place);
        }

        Activation.Relu(row);
    }
}
