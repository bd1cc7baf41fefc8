using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>y = x / sqrt(mean(x²) + epsilon) * weight, row by row; Gemma 3n adds nothing to the weight.</summary>
public static class RmsNormalize
{
    private const long ValueCost = 8;

    /// <summary>Normalizes every row; <paramref name="into"/> may be <paramref name="x"/>. An empty weight means ones.</summary>
    public static void Rows(Matrix x, ReadOnlySpan<float> weight, float epsilon, Matrix into)
    {
        for (int row = 0; row < x.RowCount; row++)
        {
            Row(x[row], weight, epsilon, into[row]);
        }
    }

    /// <summary>The same, shared by the team.</summary>
    public static void Rows(Matrix x, ReadOnlySpan<float> weight, float epsilon, Matrix into, ThreadTeam team) =>
        team.RunRows(new NormRow(x, weight, epsilon, into), x.RowCount, ValueCost * x.ColumnCount);

    /// <summary>into = addend + the normalized rows, shared by the team; <paramref name="into"/> may be either.</summary>
    public static void AddRows(Matrix x, ReadOnlySpan<float> weight, float epsilon, Matrix addend, Matrix into, ThreadTeam team) =>
        team.RunRows(new NormAddRow(x, weight, epsilon, addend, into), x.RowCount, ValueCost * x.ColumnCount);

    /// <summary>Normalizes one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> into)
    {
        float scale = InverseRoot(x, epsilon);
        if (weight.IsEmpty)
        {
            Elementwise.Scale(x, scale, into);
        }
        else
        {
            Elementwise.ScaleMultiply(x, scale, weight, into);
        }
    }

    /// <summary>1 / sqrt(mean(x²) + epsilon) of a row.</summary>
    public static float InverseRoot(ReadOnlySpan<float> x, float epsilon) => 1f / MathF.Sqrt(MeanSquare(x) + epsilon);

    /// <summary>mean(x²) of a row, in one order for a given length.</summary>
    public static float MeanSquare(ReadOnlySpan<float> x) => SumSquares(x) / x.Length;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SumSquares(ReadOnlySpan<float> x)
    {
        Vector256<float> even = default, odd = default;
        int at = 0;
        for (; at + 16 <= x.Length; at += 16)
        {
            Vector256<float> first = Vector256.Create(x.Slice(at, 8)), second = Vector256.Create(x.Slice(at + 8, 8));
            even = Vector256.FusedMultiplyAdd(first, first, even);
            odd = Vector256.FusedMultiplyAdd(second, second, odd);
        }

        float sum = Elementwise.SumLanes(even + odd);
        for (; at < x.Length; at++)
        {
            sum = MathF.FusedMultiplyAdd(x[at], x[at], sum);
        }

        return sum;
    }

    private readonly ref struct NormRow(Matrix x, ReadOnlySpan<float> weight, float epsilon, Matrix into) : IRowWork
    {
        private readonly Matrix _x = x, _into = into;
        private readonly ReadOnlySpan<float> _weight = weight;

        public void Run(int row) => Row(_x[row], _weight, epsilon, _into[row]);
    }

    private readonly ref struct NormAddRow(Matrix x, ReadOnlySpan<float> weight, float epsilon, Matrix addend, Matrix into) : IRowWork
    {
        private readonly Matrix _x = x, _addend = addend, _into = into;
        private readonly ReadOnlySpan<float> _weight = weight;

        public void Run(int row) => Elementwise.ScaleMultiplyAdd(_x[row], InverseRoot(_x[row], epsilon), _weight, _addend[row], _into[row]);
    }
}
