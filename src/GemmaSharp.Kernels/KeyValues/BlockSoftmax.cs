using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Ops;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>Softmax by parts: the weights of a block against its own largest score, and blocks put together in ascending order.</summary>
internal static unsafe class BlockSoftmax
{
    private const int Step = 16;

    /// <summary>
    /// Scores to exp(score - max) where the row sees, to zero elsewhere in the tile's range. The sum is taken in two times eight lanes by place
    /// in the block, so unseen places change nothing.
    /// </summary>
    /// <param name="scores">The row, [128].</param>
    /// <param name="seen">What the row sees.</param>
    /// <param name="tile">What any row of the tile sees.</param>
    /// <param name="stats">Where max and sum go; minus infinity and zero when nothing is seen.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(float* scores, AttendRange seen, AttendRange tile, float* stats)
    {
        stats[0] = float.NegativeInfinity;
        stats[1] = 0;
        if (seen.From >= seen.To)
        {
            Fill(scores, tile.From, tile.To, 0);
            return;
        }

        int start = seen.From / Step * Step, end = (seen.To + Step - 1) / Step * Step;
        Fill(scores, start, seen.From, float.NegativeInfinity);
        Fill(scores, seen.To, end, float.NegativeInfinity);
        stats[0] = Largest(scores, start, end);
        stats[1] = Elementwise.SumLanes(Vector512.IsHardwareAccelerated ? Weights512(scores, start, end, stats[0]) : Weights256(scores, start, end, stats[0]));
        Fill(scores, tile.From, start, 0);
        Fill(scores, end, tile.To, 0);
    }

    /// <summary>Adds a block's sums [width] and its stats to those of the blocks before it; width is a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge(float* into, float* intoStats, float* sums, float* stats, int width)
    {
        float before = intoStats[0], max = stats[0];
        if (float.IsNegativeInfinity(max))
        {
            return;
        }

        bool higher = max > before;
        float factor = Exponential.Of(Vector256.Create(higher ? before - max : max - before)).ToScalar();
        float old = higher ? factor : 1f, added = higher ? 1f : factor;
        intoStats[0] = higher ? max : before;
        intoStats[1] = MathF.FusedMultiplyAdd(stats[1], added, intoStats[1] * old);
        Vector256<float> scaleOld = Vector256.Create(old), scaleAdded = Vector256.Create(added);
        for (int at = 0; at < width; at += 8)
        {
            Vector256.FusedMultiplyAdd(Vector256.Load(sums + at), scaleAdded, Vector256.Load(into + at) * scaleOld).Store(into + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest(float* scores, int start, int end)
    {
        Vector256<float> top = Vector256.Create(float.NegativeInfinity);
        for (int at = start; at < end; at += Step)
        {
            top = Vector256.MaxNative(top, Vector256.MaxNative(Vector256.Load(scores + at), Vector256.Load(scores + at + 8)));
        }

        Vector128<float> four = Vector128.MaxNative(top.GetLower(), top.GetUpper());
        return float.Max(float.Max(four[0], four[1]), float.Max(four[2], four[3]));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector256<float> Weights256(float* scores, int start, int end, float max)
    {
        Vector256<float> shift = Vector256.Create(max), even = default, odd = default;
        for (int at = start; at < end; at += Step)
        {
            Vector256<float> lower = Exponential.Of(Vector256.Load(scores + at) - shift), upper = Exponential.Of(Vector256.Load(scores + at + 8) - shift);
            lower.Store(scores + at);
            upper.Store(scores + at + 8);
            even += lower;
            odd += upper;
        }

        return even + odd;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector256<float> Weights512(float* scores, int start, int end, float max)
    {
        Vector512<float> shift = Vector512.Create(max), sum = default;
        for (int at = start; at < end; at += Step)
        {
            Vector512<float> weights = Exponential.Of(Vector512.Load(scores + at) - shift);
            weights.Store(scores + at);
            sum += weights;
        }

        return sum.GetLower() + sum.GetUpper();
    }

    private static void Fill(float* values, int from, int to, float value)
    {
        for (int at = from; at < to; at++)
        {
            values[at] = value;
        }
    }
}
