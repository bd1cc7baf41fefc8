using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Stable softmax in place, in float32.</summary>
public static class Softmax
{
    /// <summary>values = exp(values - max) / sum; the order of the sum depends on the length only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(Span<float> values)
    {
        Vector256<float> top = Vector256.Create(float.NegativeInfinity);
        int at = 0;
        for (; at + 8 <= values.Length; at += 8)
        {
            top = Vector256.Max(top, Vector256.Create<float>(values.Slice(at, 8)));
        }

        float max = float.NegativeInfinity;
        for (int lane = 0; lane < 8; lane++)
        {
            max = float.Max(max, top[lane]);
        }

        for (int rest = at; rest < values.Length; rest++)
        {
            max = float.Max(max, values[rest]);
        }

        Elementwise.Scale(values, 1f / Exponentials(values, max), values);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentials(Span<float> values, float max)
    {
        Vector256<float> shift = Vector256.Create(max), sum = default;
        int at = 0;
        for (; at + 8 <= values.Length; at += 8)
        {
            Vector256<float> power = Vector256.Exp(Vector256.Create<float>(values.Slice(at, 8)) - shift);
            power.CopyTo(values[at..]);
            sum += power;
        }

        float total = Elementwise.SumLanes(sum);
        if (at < values.Length)
        {
            Span<float> rest = stackalloc float[8];
            rest.Fill(max);
            values[at..].CopyTo(rest);
            Vector256.Exp(Vector256.Create<float>(rest) - shift).CopyTo(rest);
            for (int lane = 0; at < values.Length; at++, lane++)
            {
                values[at] = rest[lane];
                total += rest[lane];
            }
        }

        return total;
    }
}
