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

    /// <summary>values += addend.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Shift(Span<float> values, float addend)
    {
        Vector256<float> by = Vector256.Create(addend);
        int at = 0;
        for (; at + 8 <= values.Length; at += 8)
        {
            (Load(values, at) + by).CopyTo(values[at..]);
        }

        for (; at < values.Length; at++)
        {
            values[at] += addend;
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

    /// <summary>into = addend + (x * factor) * weight; <paramref name="into"/> may be any of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleMultiplyAdd(ReadOnlySpan<float> x, float factor, ReadOnlySpan<float> weight, ReadOnlySpan<float> addend, Span<float> into)
    {
        Vector256<float> by = Vector256.Create(factor);
        int at = 0;
        for (; at + 8 <= x.Length; at += 8)
        {
            (Load(addend, at) + (Load(x, at) * by * Load(weight, at))).CopyTo(into[at..]);
        }

        for (; at < x.Length; at++)
        {
            into[at] = addend[at] + (x[at] * factor * weight[at]);
        }
    }

    /// <summary>into = x * y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Product(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> into)
    {
        int at = 0;
        for (; at + 8 <= x.Length; at += 8)
        {
            (Load(x, at) * Load(y, at)).CopyTo(into[at..]);
        }

        for (; at < x.Length; at++)
        {
            into[at] = x[at] * y[at];
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
        Vector256<float> high = Vector256.Create(bound), low = -high;
        int at = 0;
        for (; at + 8 <= values.Length; at += 8)
        {
            Vector256.Min(Vector256.Max(Load(values, at), low), high).CopyTo(values[at..]);
        }

        for (; at < values.Length; at++)
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

    /// <summary>rows[r] · x for every row of [rows, x.Length], each with the bits of <see cref="Dot"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Dots(ReadOnlySpan<float> rows, ReadOnlySpan<float> x, Span<float> into)
    {
        int row = 0, width = x.Length;
        for (; row + 2 <= into.Length; row += 2)
        {
            ReadOnlySpan<float> a = rows.Slice(row * width, width), b = rows.Slice((row + 1) * width, width);
            Vector256<float> evenA = default, oddA = default, evenB = default, oddB = default;
            int at = 0;
            for (; at + 16 <= width; at += 16)
            {
                Vector256<float> first = Load(x, at), second = Load(x, at + 8);
                evenA = Vector256.FusedMultiplyAdd(Load(a, at), first, evenA);
                oddA = Vector256.FusedMultiplyAdd(Load(a, at + 8), second, oddA);
                evenB = Vector256.FusedMultiplyAdd(Load(b, at), first, evenB);
                oddB = Vector256.FusedMultiplyAdd(Load(b, at + 8), second, oddB);
            }

            float sumA = SumLanes(evenA + oddA), sumB = SumLanes(evenB + oddB);
            for (; at < width; at++)
            {
                sumA = MathF.FusedMultiplyAdd(a[at], x[at], sumA);
                sumB = MathF.FusedMultiplyAdd(b[at], x[at], sumB);
            }

            into[row] = sumA;
            into[row + 1] = sumB;
        }

        for (; row < into.Length; row++)
        {
            into[row] = Dot(rows.Slice(row * width, width), x);
        }
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
