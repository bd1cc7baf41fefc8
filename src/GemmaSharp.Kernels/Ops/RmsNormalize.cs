using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>y = x / sqrt(mean(x²) + epsilon) * weight, row by row; Gemma 3n adds nothing to the weight.</summary>
public static class RmsNormalize
{
    /// <summary>Normalizes every row; <paramref name="into"/> may be <paramref name="x"/>. An empty weight means ones.</summary>
    public static void Rows(Matrix x, ReadOnlySpan<float> weight, float epsilon, Matrix into)
    {
        for (int row = 0; row < x.RowCount; row++)
        {
            Row(x[row], weight, epsilon, into[row]);
        }
    }

    /// <summary>Normalizes one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> into)
    {
        float scale = 1f / MathF.Sqrt(MeanSquare(x) + epsilon);
        if (weight.IsEmpty)
        {
            Elementwise.Scale(x, scale, into);
        }
        else
        {
            Elementwise.ScaleMultiply(x, scale, weight, into);
        }
    }

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
}
