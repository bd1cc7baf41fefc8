using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// Sums over the streams of one row, in place and in one pass over memory. A row's streams lie a stride apart: element k of stream j is at
/// j * stride + k.
/// </summary>
public static unsafe class StreamMix
{
    private const int MostStreams = 64;

    /// <summary>x[j] += Σ i ascending, fused from zero: coefficients[j, i] x[i].</summary>
    /// <param name="x">Streams of the row.</param>
    /// <param name="stride">Elements from one stream to the next.</param>
    /// <param name="width">Elements of the row.</param>
    /// <param name="coefficients">[streams, streams], at most 64 streams.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddMixed(Span<float> x, int stride, int width, ReadOnlySpan<float> coefficients)
    {
        int count = (int)double.Sqrt(coefficients.Length);
        Check(x.Length, stride, width, count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(coefficients.Length, count * count);
        float* before = stackalloc float[MostStreams * 8];
        fixed (float* from = x, c = coefficients)
        {
            int at = 0;
            for (; at + 8 <= width; at += 8)
            {
                for (int stream = 0; stream < count; stream++)
                {
                    Vector256.Load(from + ((nint)stream * stride) + at).Store(before + (stream * 8));
                }

                for (int stream = 0; stream < count; stream++)
                {
                    Vector256<float> sum = default;
                    for (int other = 0; other < count; other++)
                    {
                        sum = Vector256.FusedMultiplyAdd(Vector256.Create(c[(stream * count) + other]), Vector256.Load(before + (other * 8)), sum);
                    }

                    (sum + Vector256.Load(before + (stream * 8))).Store(from + ((nint)stream * stride) + at);
                }
            }

            for (; at < width; at++)
            {
                for (int stream = 0; stream < count; stream++)
                {
                    before[stream] = from[((nint)stream * stride) + at];
                }

                for (int stream = 0; stream < count; stream++)
                {
                    float sum = 0;
                    for (int other = 0; other < count; other++)
                    {
                        sum = MathF.FusedMultiplyAdd(c[(stream * count) + other], before[other], sum);
                    }

                    from[((nint)stream * stride) + at] = sum + before[stream];
                }
            }
        }
    }

    /// <summary>x[j] += coefficients[j] (target - x[active]), fused.</summary>
    /// <param name="x">Streams of the row.</param>
    /// <param name="stride">Elements from one stream to the next.</param>
    /// <param name="target">What stream <paramref name="active"/> should have been, [width].</param>
    /// <param name="active">The stream that <paramref name="target"/> belongs to.</param>
    /// <param name="coefficients">[streams], at most 64.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddInnovation(Span<float> x, int stride, ReadOnlySpan<float> target, int active, ReadOnlySpan<float> coefficients)
    {
        int width = target.Length, count = coefficients.Length;
        Check(x.Length, stride, width, count);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)active, (uint)count);
        fixed (float* to = x, v = target, c = coefficients)
        {
            int at = 0;
            for (; at + 8 <= width; at += 8)
            {
                Vector256<float> innovation = Vector256.Load(v + at) - Vector256.Load(to + ((nint)active * stride) + at);
                for (int stream = 0; stream < count; stream++)
                {
                    float* place = to + ((nint)stream * stride) + at;
                    Vector256.FusedMultiplyAdd(Vector256.Create(c[stream]), innovation, Vector256.Load(place)).Store(place);
                }
            }

            for (; at < width; at++)
            {
                float innovation = v[at] - to[((nint)active * stride) + at];
                for (int stream = 0; stream < count; stream++)
                {
                    float* place = to + ((nint)stream * stride) + at;
                    *place = MathF.FusedMultiplyAdd(c[stream], innovation, *place);
                }
            }
        }
    }

    private static void Check(int length, int stride, int width, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)MostStreams);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, stride);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, ((count - 1L) * stride) + width);
    }
}
