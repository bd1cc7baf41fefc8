using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Products and sums, element by element. Every element's result is independent of its place and of the length.</summary>
public static class Elementwise
{
    /// <summary>into += x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(Span<float> into, ReadOnlySpan<float> x)
    {
        int at = 0;
        for (; at + 8 <= into.Length; at += 8)
        {
            (Load(into, at) + Load(x, at)).CopyTo(into[at..]);
        }

        for (; at < into.Length; at++)
        {
            into[at] += x[at];
        }
    }

    /// <summary>into = x * factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(ReadOnlySpan<float> x, float factor, Span<float> into)
    {
        Vector256<float> by = Vector256.Create(factor);
        int at = 0;
        for (; at + 8 <= x.Length; at += 8)
        {
            (Load(x, at) * by).CopyTo(into[at..]);
        }

        for (; at < x.Length; at++)
        {
            into[at] = x[at] * factor;
        }
    }

    /// <summary>into = (x * factor) * weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleMultiply(ReadOnlySpan<float> x, float factor, ReadOnlySpan<float> weight, Span<float> into)
    {
        Vector256<float> by = Vector256.Create(factor);
        int at = 0;
        for (; at + 8 <= x.Length; at += 8)
        {
            (Load(x, at) * by * Load(weight, at)).CopyTo(into[at..]);
        }

        for (; at < x.Length; at++)
        {
            into[at] = x[at] * factor * weight[at];
        }
    }

    /// <summary>into *= x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(Span<float> into, ReadOnlySpan<float> x)
    {
        int at = 0;
        for (; at + 8 <= into.Length; at += 8)
        {
            (Load(into, at) * Load(x, at)).CopyTo(into[at..]);
        }

        for (; at < into.Length; at++)
        {
            into[at] *= x[at];
        }
    }

    /// <summary>into += factor * x, one rounding an element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(Span<float> into, float factor, ReadOnlySpan<float> x)
    {
        Vector256<float> by = Vector256.Create(factor);
        int at = 0;
        for (; at + 8 <= into.Length; at += 8)
        {
            Vector256.FusedMultiplyAdd(by, Load(x, at), Load(into, at)).CopyTo(into[at..]);
        }

        for (; at < into.Length; at++)
        {
            into[at] = MathF.FusedMultiplyAdd(factor, x[at], into[at]);
        }
    }

    /// <summary>Limits every value to ±<paramref name="bound"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Clamp(Span<float> values, float bound)
    {
        for (int at = 0; at < values.Length; at++)
        {
            values[at] = float.Clamp(values[at], -bound, bound);
        }
    }

    /// <summary>x · y, in one order for a given length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Vector256<float> even = default, odd = default;
        int at = 0;
        for (; at + 16 <= x.Length; at += 16)
        {
            even = Vector256.FusedMultiplyAdd(Load(x, at), Load(y, at), even);
            odd = Vector256.FusedMultiplyAdd(Load(x, at + 8), Load(y, at + 8), odd);
        }

        float sum = SumLanes(even + odd);
        for (; at < x.Length; at++)
        {
            sum = MathF.FusedMultiplyAdd(x[at], y[at], sum);
        }

        return sum;
    }

    // Halves folded onto each other: the same order on every processor.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float SumLanes(Vector256<float> lanes)
    {
        Vector128<float> four = lanes.GetLower() + lanes.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load(ReadOnlySpan<float> values, int at) => Vector256.Create(values.Slice(at, 8));
}
