using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Rows in memory, <paramref name="stride"/> floats apart.</summary>
internal readonly unsafe struct AttendRows(float* values, nint stride)
{
    public float* this[nint row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => values + (row * stride);
    }
}

/// <summary>The keys from..to-1 and how many heads are left.</summary>
internal readonly record struct AttendRange(int From, int To, int HeadDim, int HeadCount);

/// <summary>
/// Attention of up to four query heads that share a key head. Every score is summed as <see cref="Elementwise.Dot"/> does, every value by one
/// fused multiply-add per key, in ascending order.
/// </summary>
internal static unsafe class AttendTile
{
    /// <summary>Query heads taken together; where fewer are left, the last is done again.</summary>
    public const int Heads = 4;

    /// <summary>scores[h][k] = queries[h] · keys[k].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Score(AttendRows queries, AttendRows scores, AttendRows keys, AttendRange range)
    {
        int last = range.HeadCount - 1, h1 = int.Min(1, last), h2 = int.Min(2, last), h3 = int.Min(3, last);
        float* q0 = queries[0], q1 = queries[h1], q2 = queries[h2], q3 = queries[h3];
        int vectors = range.HeadDim & ~15;
        for (int key = range.From; key < range.To; key++)
        {
            float* k = keys[key];
            Vector128<float> dots = Vector512.IsHardwareAccelerated ? Dots512(q0, q1, q2, q3, k, vectors) : Dots256(q0, q1, q2, q3, k, vectors);
            float d0 = dots[0], d1 = dots[1], d2 = dots[2], d3 = dots[3];
            for (int at = vectors; at < range.HeadDim; at++)
            {
                d0 = MathF.FusedMultiplyAdd(q0[at], k[at], d0);
                d1 = MathF.FusedMultiplyAdd(q1[at], k[at], d1);
                d2 = MathF.FusedMultiplyAdd(q2[at], k[at], d2);
                d3 = MathF.FusedMultiplyAdd(q3[at], k[at], d3);
            }

            scores[0][key] = d0;
            scores[h1][key] = d1;
            scores[h2][key] = d2;
            scores[h3][key] = d3;
        }
    }

    /// <summary>into[h] += sum over k of scores[h][k] * values[k].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(AttendRows into, AttendRows scores, AttendRows values, AttendRange range)
    {
        int last = range.HeadCount - 1, h1 = int.Min(1, last), h2 = int.Min(2, last), h3 = int.Min(3, last), at = 0;
        float* s0 = scores[0], s1 = scores[h1], s2 = scores[h2], s3 = scores[h3];
        for (; Vector512.IsHardwareAccelerated && at + 32 <= range.HeadDim; at += 32)
        {
            float* t0 = into[0] + at, t1 = into[h1] + at, t2 = into[h2] + at, t3 = into[h3] + at;
            Vector512<float> a0 = Vector512.Load(t0), a1 = Vector512.Load(t0 + 16), b0 = Vector512.Load(t1), b1 = Vector512.Load(t1 + 16);
            Vector512<float> c0 = Vector512.Load(t2), c1 = Vector512.Load(t2 + 16), d0 = Vector512.Load(t3), d1 = Vector512.Load(t3 + 16);
            for (nint key = range.From; key < range.To; key++)
            {
                Vector512<float> v0 = Vector512.Load(values[key] + at), v1 = Vector512.Load(values[key] + at + 16), score = Vector512.Create(s0[key]);
                a0 = Vector512.FusedMultiplyAdd(score, v0, a0);
                a1 = Vector512.FusedMultiplyAdd(score, v1, a1);
                score = Vector512.Create(s1[key]);
                b0 = Vector512.FusedMultiplyAdd(score, v0, b0);
                b1 = Vector512.FusedMultiplyAdd(score, v1, b1);
                score = Vector512.Create(s2[key]);
                c0 = Vector512.FusedMultiplyAdd(score, v0, c0);
                c1 = Vector512.FusedMultiplyAdd(score, v1, c1);
                score = Vector512.Create(s3[key]);
                d0 = Vector512.FusedMultiplyAdd(score, v0, d0);
                d1 = Vector512.FusedMultiplyAdd(score, v1, d1);
            }

            d0.Store(t3);
            d1.Store(t3 + 16);
            c0.Store(t2);
            c1.Store(t2 + 16);
            b0.Store(t1);
            b1.Store(t1 + 16);
            a0.Store(t0);
            a1.Store(t0 + 16);
        }

        for (; at + 8 <= range.HeadDim; at += 8)
        {
            float* t0 = into[0] + at, t1 = into[h1] + at, t2 = into[h2] + at, t3 = into[h3] + at;
            Vector256<float> a = Vector256.Load(t0), b = Vector256.Load(t1), c = Vector256.Load(t2), d = Vector256.Load(t3);
            for (nint key = range.From; key < range.To; key++)
            {
                Vector256<float> value = Vector256.Load(values[key] + at);
                a = Vector256.FusedMultiplyAdd(Vector256.Create(s0[key]), value, a);
                b = Vector256.FusedMultiplyAdd(Vector256.Create(s1[key]), value, b);
                c = Vector256.FusedMultiplyAdd(Vector256.Create(s2[key]), value, c);
                d = Vector256.FusedMultiplyAdd(Vector256.Create(s3[key]), value, d);
            }

            d.Store(t3);
            c.Store(t2);
            b.Store(t1);
            a.Store(t0);
        }

        for (int head = 0; head <= int.Min(last, Heads - 1); head++)
        {
            GatherRest(into[head], scores[head], values, range, at);
        }
    }

    private static void GatherRest(float* into, float* scores, AttendRows values, AttendRange range, int start)
    {
        for (int at = start; at < range.HeadDim; at++)
        {
            for (int key = range.From; key < range.To; key++)
            {
                into[at] = MathF.FusedMultiplyAdd(scores[key], values[key][at], into[at]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Dots512(float* q0, float* q1, float* q2, float* q3, float* k, int length)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        for (nint at = 0; at < length; at += 16)
        {
            Vector512<float> key = Vector512.Load(k + at);
            a = Vector512.FusedMultiplyAdd(Vector512.Load(q0 + at), key, a);
            b = Vector512.FusedMultiplyAdd(Vector512.Load(q1 + at), key, b);
            c = Vector512.FusedMultiplyAdd(Vector512.Load(q2 + at), key, c);
            d = Vector512.FusedMultiplyAdd(Vector512.Load(q3 + at), key, d);
        }

        return SumLanes(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Dots256(float* q0, float* q1, float* q2, float* q3, float* k, int length)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        for (nint at = 0; at < length; at += 16)
        {
            Vector256<float> even = Vector256.Load(k + at), odd = Vector256.Load(k + at + 8);
            a0 = Vector256.FusedMultiplyAdd(Vector256.Load(q0 + at), even, a0);
            a1 = Vector256.FusedMultiplyAdd(Vector256.Load(q0 + at + 8), odd, a1);
            b0 = Vector256.FusedMultiplyAdd(Vector256.Load(q1 + at), even, b0);
            b1 = Vector256.FusedMultiplyAdd(Vector256.Load(q1 + at + 8), odd, b1);
            c0 = Vector256.FusedMultiplyAdd(Vector256.Load(q2 + at), even, c0);
            c1 = Vector256.FusedMultiplyAdd(Vector256.Load(q2 + at + 8), odd, c1);
            d0 = Vector256.FusedMultiplyAdd(Vector256.Load(q3 + at), even, d0);
            d1 = Vector256.FusedMultiplyAdd(Vector256.Load(q3 + at + 8), odd, d1);
        }

        return SumLanes(a0 + a1, b0 + b1, c0 + c1, d0 + d1);
    }

    // Four times Elementwise.SumLanes: (lane 0 + lane 2) + (lane 1 + lane 3) of the folded halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> SumLanes(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        if (!Sse.IsSupported)
        {
            return Vector128.Create(Elementwise.SumLanes(a), Elementwise.SumLanes(b), Elementwise.SumLanes(c), Elementwise.SumLanes(d));
        }

        Vector128<float> a4 = a.GetLower() + a.GetUpper(), b4 = b.GetLower() + b.GetUpper();
        Vector128<float> c4 = c.GetLower() + c.GetUpper(), d4 = d.GetLower() + d.GetUpper();
        Vector128<float> ab = Sse.UnpackLow(a4, b4) + Sse.UnpackHigh(a4, b4), cd = Sse.UnpackLow(c4, d4) + Sse.UnpackHigh(c4, d4);
        return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);
    }
}
