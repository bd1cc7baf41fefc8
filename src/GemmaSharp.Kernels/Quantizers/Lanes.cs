using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>
/// Eight groups of values side by side, [length, 8]: a search runs on all eight at once, and every group sees the operations and the
/// order of summation that it would see alone. No multiply-add is fused anywhere in this folder: that would change bytes.
/// </summary>
internal static unsafe class Lanes
{
    public const int Count = 8;

    private const float Nothing = 1e-15f;

    // Adding it leaves the integer nearest to a small float, ties to even, in the low bits of the mantissa.
    private const float Magic = 12582912f; // 1.5 * 2^23
    private const int Mantissa = 0x7F_FFFF;
    private const int MagicMantissa = 0x40_0000;

    /// <summary>Vector <paramref name="index"/> of lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> At(float* lanes, int index) => Vector256.Load(lanes + (index * Count));

    /// <summary>Turns eight groups that follow one another, [8, length], into lanes.</summary>
    public static void Spread(float* groups, int length, float* lanes)
    {
        for (int group = 0; group < Count; group++, groups += length)
        {
            for (int index = 0; index < length; index++)
            {
                lanes[(index * Count) + group] = groups[index];
            }
        }
    }

    /// <summary>The same for one to eight groups; those that lack are zeros. <paramref name="room"/> takes [8, length].</summary>
    public static void SpreadPadded(float* groups, int length, int count, float* room, float* lanes)
    {
        new ReadOnlySpan<float>(groups, count * length).CopyTo(new Span<float>(room, Count * length));
        new Span<float>(room + (count * length), (Count - count) * length).Clear();
        Spread(room, length, lanes);
    }

    /// <summary>Writes the codes of one lane as bytes.</summary>
    public static void Gather(float* lanes, int lane, int length, byte* into)
    {
        for (int index = 0; index < length; index++)
        {
            into[index] = (byte)lanes[(index * Count) + lane];
        }
    }

    /// <summary>The nearest integers, ties to even, within bounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> RoundToInteger(Vector256<float> values, int lowest, int highest)
    {
        Vector256<int> bits = (values + Vector256.Create(Magic)).AsInt32() & Vector256.Create(Mantissa);
        return Vector256.Max(Vector256.Min(bits - Vector256.Create(MagicMantissa), Vector256.Create(highest)), Vector256.Create(lowest));
    }

    /// <summary>The nearest integers, ties to even, within bounds, as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Round(Vector256<float> values, int lowest, int highest) =>
        Vector256.ConvertToSingle(RoundToInteger(values, lowest, highest));

    /// <summary>The nearest integer, ties to even, within bounds.</summary>
    public static int Round(float value, int lowest, int highest) =>
        int.Clamp((BitConverter.SingleToInt32Bits(value + Magic) & Mantissa) - MagicMantissa, lowest, highest);

    /// <summary>The value of largest magnitude in every lane, with its sign, the first of equals.</summary>
    public static Vector256<float> Largest(int length, float* lanes)
    {
        Vector256<float> magnitude = default, value = default;
        for (int index = 0; index < length; index++)
        {
            Vector256<float> candidate = At(lanes, index), size = Vector256.Abs(candidate);
            Vector256<float> larger = Vector256.GreaterThan(size, magnitude);
            magnitude = Vector256.ConditionalSelect(larger, size, magnitude);
            value = Vector256.ConditionalSelect(larger, candidate, value);
        }

        return value;
    }

    /// <summary>Sums of lanes, in order of index.</summary>
    public static Vector256<float> Sum(int length, float* lanes)
    {
        Vector256<float> sum = At(lanes, 0);
        for (int index = 1; index < length; index++)
        {
            sum += At(lanes, index);
        }

        return sum;
    }

    /// <summary>All bits of the lanes whose largest value counts as zero.</summary>
    public static Vector256<float> IsNothing(Vector256<float> largest) => Vector256.LessThan(Vector256.Abs(largest), Vector256.Create(Nothing));

    /// <summary>Whether a largest value counts as zero.</summary>
    public static bool IsNothing(float largest) => MathF.Abs(largest) < Nothing;
}
