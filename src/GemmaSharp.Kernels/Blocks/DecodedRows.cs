using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks;

/// <summary>
/// Sixteen rows of weights as floats, [16, 256], and products with them. A sum has eight parts, part i over columns i, i + 8, ..., with one
/// fused multiply-add per column from zero; the parts are added as (((0+4) + (1+5)) + ((2+6) + (3+7))).
/// </summary>
internal static unsafe class DecodedRows
{
    /// <summary>Rows.</summary>
    public const int Count = 16;

    /// <summary>Columns of a row, of which the first are used.</summary>
    public const int Stride = 256;

    /// <summary>Rows of activations that <see cref="MultiplyThree"/> takes.</summary>
    public const int Height = 3;

    private const int Parts = 8;

    /// <summary>sums[16] of one row of activations; <paramref name="columns"/> is a multiple of eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyOne(float* weights, int columns, float* x, float* sums)
    {
        for (int row = 0; row < Count; row += 8, weights += 8 * Stride)
        {
            Vector256<float> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
            for (int column = 0; column < columns; column += Parts)
            {
                float* w = weights + column;
                Vector256<float> value = Vector256.Load(x + column);
                a = Vector256.FusedMultiplyAdd(Vector256.Load(w), value, a);
                b = Vector256.FusedMultiplyAdd(Vector256.Load(w + Stride), value, b);
                c = Vector256.FusedMultiplyAdd(Vector256.Load(w + (2 * Stride)), value, c);
                d = Vector256.FusedMultiplyAdd(Vector256.Load(w + (3 * Stride)), value, d);
                e = Vector256.FusedMultiplyAdd(Vector256.Load(w + (4 * Stride)), value, e);
                f = Vector256.FusedMultiplyAdd(Vector256.Load(w + (5 * Stride)), value, f);
                g = Vector256.FusedMultiplyAdd(Vector256.Load(w + (6 * Stride)), value, g);
                h = Vector256.FusedMultiplyAdd(Vector256.Load(w + (7 * Stride)), value, h);
            }

            AddParts(a, b, c, d).Store(sums + row);
            AddParts(e, f, g, h).Store(sums + row + 4);
        }
    }

    /// <summary>sums[3, 16] of three rows of activations, <paramref name="stride"/> floats apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyThree(float* weights, int columns, float* x, long stride, float* sums)
    {
        for (int row = 0; row < Count; row += 4, weights += 4 * Stride)
        {
            Vector256<float> a0 = default, b0 = default, c0 = default, d0 = default;
            Vector256<float> a1 = default, b1 = default, c1 = default, d1 = default;
            Vector256<float> a2 = default, b2 = default, c2 = default, d2 = default;
            float* x1 = x + stride, x2 = x1 + stride;
            for (int column = 0; column < columns; column += Parts)
            {
                float* w = weights + column;
                Vector256<float> value0 = Vector256.Load(x + column), value1 = Vector256.Load(x1 + column);
                Vector256<float> value2 = Vector256.Load(x2 + column);
                Vector256<float> weight = Vector256.Load(w);
                a0 = Vector256.FusedMultiplyAdd(weight, value0, a0);
                a1 = Vector256.FusedMultiplyAdd(weight, value1, a1);
                a2 = Vector256.FusedMultiplyAdd(weight, value2, a2);
                weight = Vector256.Load(w + Stride);
                b0 = Vector256.FusedMultiplyAdd(weight, value0, b0);
                b1 = Vector256.FusedMultiplyAdd(weight, value1, b1);
                b2 = Vector256.FusedMultiplyAdd(weight, value2, b2);
                weight = Vector256.Load(w + (2 * Stride));
                c0 = Vector256.FusedMultiplyAdd(weight, value0, c0);
                c1 = Vector256.FusedMultiplyAdd(weight, value1, c1);
                c2 = Vector256.FusedMultiplyAdd(weight, value2, c2);
                weight = Vector256.Load(w + (3 * Stride));
                d0 = Vector256.FusedMultiplyAdd(weight, value0, d0);
                d1 = Vector256.FusedMultiplyAdd(weight, value1, d1);
                d2 = Vector256.FusedMultiplyAdd(weight, value2, d2);
            }

            AddParts(a0, b0, c0, d0).Store(sums + row);
            AddParts(a1, b1, c1, d1).Store(sums + Count + row);
            AddParts(a2, b2, c2, d2).Store(sums + (2 * Count) + row);
        }
    }

    // Lane i is the sum of the parts of argument i.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> AddParts(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        Vector128<float> ab = AddNeighbours(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper());
        Vector128<float> cd = AddNeighbours(c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());
        Vector128<float> front = Vector128.Create(-1, -1, 0, 0).AsSingle();
        Vector128<int> halves = Vector128.Create(2, 3, 0, 1);
        Vector128<float> first = Vector128.ConditionalSelect(front, ab, Vector128.Shuffle(cd, halves)); // ab0 ab1 cd0 cd1
        Vector128<float> second = Vector128.ConditionalSelect(front, Vector128.Shuffle(ab, halves), cd); // ab2 ab3 cd2 cd3
        return first + second;
    }

    // a0+a1, b0+b1, a2+a3, b2+b3
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> AddNeighbours(Vector128<float> a, Vector128<float> b)
    {
        Vector128<float> even = Vector128.Create(-1, 0, -1, 0).AsSingle();
        Vector128<int> neighbours = Vector128.Create(1, 0, 3, 2);
        Vector128<float> first = Vector128.ConditionalSelect(even, a, Vector128.Shuffle(b, neighbours)); // a0 b0 a2 b2
        Vector128<float> second = Vector128.ConditionalSelect(even, Vector128.Shuffle(a, neighbours), b); // a1 b1 a3 b3
        return first + second;
    }
}
