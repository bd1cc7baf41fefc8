using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>
/// Improves codes one at a time: with a = Σ w x l and b = Σ w l² over all others, the best code of an element is x b / a; it is taken
/// when a² / b grows. At most five passes.
/// </summary>
/// <param name="lowest">Lowest code.</param>
/// <param name="highest">Highest code.</param>
/// <param name="othersCount">Whether an element is left alone when b without it is not positive.</param>
internal readonly unsafe struct CoordinateSearch(int lowest, int highest, bool othersCount)
{
    private const int Passes = 5;

    /// <summary>
    /// Finds codes -N..N-1 for eight groups from -N / largest, with w = x²; writes l + N, 0 in groups of nothing, and returns the scale.
    /// </summary>
    public static Vector256<float> Signed(int length, int limit, float* x, float* squares, float* codes)
    {
        Vector256<float> largest = Lanes.Largest(length, x), nothing = Lanes.IsNothing(largest);
        Vector256<float> inverse = Vector256.Create((float)-limit) / largest;
        for (int index = 0; index < length; index++)
        {
            Lanes.Round(inverse * Lanes.At(x, index), -limit, limit - 1).Store(codes + (index * Lanes.Count));
        }

        Vector256<float> scale = new CoordinateSearch(-limit, limit - 1, othersCount: false).Refine(length, x, squares, codes);
        for (int index = 0; index < length; index++)
        {
            Vector256<float> code = Lanes.At(codes, index) + Vector256.Create((float)limit);
            Vector256.AndNot(code, nothing).Store(codes + (index * Lanes.Count));
        }

        return Vector256.AndNot(scale, nothing);
    }

    /// <summary>Improves the codes of eight groups and returns a / b, 0 where b is 0.</summary>
    public Vector256<float> Refine(int length, float* x, float* weights, float* codes)
    {
        Vector256<float> a = default, b = default;
        for (int index = 0; index < length; index++)
        {
            Vector256<float> weight = Lanes.At(weights, index), code = Lanes.At(codes, index);
            a += weight * Lanes.At(x, index) * code;
            b += weight * code * code;
        }

        for (int pass = 0; pass < Passes; pass++)
        {
            Vector256<float> changed = default;
            for (int index = 0; index < length; index++)
            {
                changed |= Improve(index, x, weights, codes, ref a, ref b);
            }

            if (changed.AsUInt32() == default)
            {
                break;
            }
        }

        return Vector256.ConditionalSelect(Vector256.GreaterThan(b, default), a / b, default);
    }

    private Vector256<float> Improve(
        int index, float* x, float* weights, float* codes, ref Vector256<float> a, ref Vector256<float> b)
    {
        Vector256<float> value = Lanes.At(x, index), weight = Lanes.At(weights, index), code = Lanes.At(codes, index);
        Vector256<float> othersA = a - (weight * value * code), othersB = b - (weight * code * code);
        Vector256<float> usable = Vector256.GreaterThan(othersA, default);
        if (othersCount)
        {
            usable &= Vector256.GreaterThan(othersB, default);
        }

        Vector256<float> proposed = Lanes.Round(value * othersB / othersA, lowest, highest);
        Vector256<float> newA = othersA + (weight * value * proposed), newB = othersB + (weight * proposed * proposed);
        Vector256<float> better = Vector256.GreaterThan(newA * newA * b, a * a * newB) & Vector256.GreaterThan(newB, default);
        better = Vector256.AndNot(better & usable, Vector256.Equals(proposed, code));
        Vector256.ConditionalSelect(better, proposed, code).Store(codes + (index * Lanes.Count));
        a = Vector256.ConditionalSelect(better, newA, a);
        b = Vector256.ConditionalSelect(better, newB, b);
        return better;
    }
}
