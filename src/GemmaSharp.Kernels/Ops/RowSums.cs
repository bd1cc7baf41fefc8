using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Sums of a row in double: four lanes, added crosswise, then the rest; the order depends on the length only.</summary>
internal static class RowSums
{
    /// <summary>The sum of x.</summary>
    public static double Plain(ReadOnlySpan<float> row)
    {
        Vector256<double> sum = default;
        int at = 0;
        for (; at + 4 <= row.Length; at += 4)
        {
            sum += Widen(row, at);
        }

        double total = Lanes(sum);
        for (; at < row.Length; at++)
        {
            total += row[at];
        }

        return total;
    }

    /// <summary>The sum of (x - mean)².</summary>
    public static double Squares(ReadOnlySpan<float> row, double mean)
    {
        Vector256<double> sum = default, center = Vector256.Create(mean);
        int at = 0;
        for (; at + 4 <= row.Length; at += 4)
        {
            Vector256<double> distance = Widen(row, at) - center;
            sum += distance * distance;
        }

        double total = Lanes(sum);
        for (; at < row.Length; at++)
        {
            total += (row[at] - mean) * (row[at] - mean);
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widen(ReadOnlySpan<float> row, int at)
    {
        Vector128<float> four = Vector128.Create(row.Slice(at, 4));
        return Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));
    }

    private static double Lanes(Vector256<double> sum) => (sum[0] + sum[2]) + (sum[1] + sum[3]);
}
