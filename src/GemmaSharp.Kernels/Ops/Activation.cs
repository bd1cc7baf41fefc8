using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Pointwise functions in place. The last, short vector is padded, so an element's bits do not depend on its place.</summary>
public static class Activation
{
    private const float TwiceSqrt2OverPi = 1.5957691216057308f; // 2 sqrt(2/pi)
    private const float Cubic = 0.044715f;

    /// <summary>GELU with the tanh formula: x / (1 + exp(-2 sqrt(2/pi) (x + 0.044715 x³))), equal to 0.5 x (1 + tanh(...)).</summary>
    public static void GeluTanh(Span<float> values) => Apply<GeluTanhStep>(values, default);

    /// <summary>GELU with the error function, in double.</summary>
    public static void GeluErf(Span<float> values)
    {
        for (int at = 0; at < values.Length; at++)
        {
            double x = values[at];
            values[at] = (float)(0.5 * x * (1 + ErrorFunction.Erf(x / double.Sqrt(2))));
        }
    }

    /// <summary>x / (1 + exp(-x)).</summary>
    public static void Silu(Span<float> values) => Apply<SiluStep>(values, default);

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static void Sigmoid(Span<float> values) => Apply<SigmoidStep>(values, default);

    /// <summary>max(x, 0).</summary>
    public static void Relu(Span<float> values) => Apply<ReluStep>(values, default);

    /// <summary>cap * tanh(x / cap), in float32.</summary>
    public static void Softcap(Span<float> values, float cap) => Apply(values, new SoftcapStep(cap));

    /// <summary>The same, shared by the team.</summary>
    public static void Softcap(Span<float> values, float cap, ThreadTeam team) =>
        team.RunRows(new SoftcapRun(values, cap), (values.Length + SoftcapRun.Length - 1) / SoftcapRun.Length, SoftcapRun.Cost);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Apply<TStep>(Span<float> values, TStep step)
        where TStep : struct, IStep
    {
        int at = 0;
        for (; Vector512.IsHardwareAccelerated && at + 16 <= values.Length; at += 16)
        {
            step.Apply(Vector512.Create<float>(values.Slice(at, 16))).CopyTo(values[at..]);
        }

        for (; at + 8 <= values.Length; at += 8)
        {
            step.Apply(Vector256.Create<float>(values.Slice(at, 8))).CopyTo(values[at..]);
        }

        if (at < values.Length)
        {
            Span<float> rest = stackalloc float[8];
            rest.Clear();
            values[at..].CopyTo(rest);
            step.Apply(Vector256.Create<float>(rest)).CopyTo(rest);
            rest[..(values.Length - at)].CopyTo(values[at..]);
        }
    }

    private interface IStep
    {
        Vector256<float> Apply(Vector256<float> x);

        // The same operations on twice the lanes.
        Vector512<float> Apply(Vector512<float> x);
    }

    // The decoder's: what it rounds is amplified by all layers above, so its exponential is the correctly rounded one.
    private readonly struct GeluTanhStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Apply(Vector256<float> x)
        {
            Vector256<float> inner = Vector256.Create(-TwiceSqrt2OverPi) * (x + (Vector256.Create(Cubic) * x * x * x));
            return x / (Vector256<float>.One + Vector256.Exp(inner));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(Vector512<float> x)
        {
            Vector512<float> inner = Vector512.Create(-TwiceSqrt2OverPi) * (x + (Vector512.Create(Cubic) * x * x * x));
            return x / (Vector512<float>.One + Vector512.Exp(inner));
        }
    }

    private readonly struct SiluStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Apply(Vector256<float> x) => x / (Vector256<float>.One + Exponential.Of(-x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(Vector512<float> x) => x / (Vector512<float>.One + Exponential.Of(-x));
    }

    private readonly struct SigmoidStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Apply(Vector256<float> x) => Vector256<float>.One / (Vector256<float>.One + Exponential.Of(-x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exponential.Of(-x));
    }

    private readonly struct ReluStep : IStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Apply(Vector256<float> x) => Vector256.Max(x, Vector256<float>.Zero);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(Vector512<float> x) => Vector512.Max(x, Vector512<float>.Zero);
    }

    // tanh y = y - y³/3 + 2y⁵/15 - ... for small y, 1 - 2 / (exp(2y) + 1) beyond.
    private readonly struct SoftcapStep(float cap) : IStep
    {
        private const float SeriesLimit = 0.35f;
        private const float C3 = -1f / 3, C5 = 2f / 15, C7 = -17f / 315, C9 = 62f / 2835, C11 = -1382f / 155925;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Apply(Vector256<float> x)
        {
            Vector256<float> y = x / cap, s = y * y;
            Vector256<float> series = ((((((((s * C11) + Vector256.Create(C9)) * s) + Vector256.Create(C7)) * s) + Vector256.Create(C5)) * s) + Vector256.Create(C3)) * s;
            Vector256<float> far = Vector256<float>.One - (Vector256.Create(2f) / (Exponential.Of(y + y) + Vector256<float>.One));
            Vector256<float> isNear = Vector256.LessThan(Vector256.Abs(y), Vector256.Create(SeriesLimit));
            return Vector256.ConditionalSelect(isNear, y + (y * series), far) * cap;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(Vector512<float> x)
        {
            Vector512<float> y = x / cap, s = y * y;
            Vector512<float> series = ((((((((s * C11) + Vector512.Create(C9)) * s) + Vector512.Create(C7)) * s) + Vector512.Create(C5)) * s) + Vector512.Create(C3)) * s;
            Vector512<float> far = Vector512<float>.One - (Vector512.Create(2f) / (Exponential.Of(y + y) + Vector512<float>.One));
            Vector512<float> isNear = Vector512.LessThan(Vector512.Abs(y), Vector512.Create(SeriesLimit));
            return Vector512.ConditionalSelect(isNear, y + (y * series), far) * cap;
        }
    }

    private readonly ref struct SoftcapRun(Span<float> values, float cap) : IRowWork
    {
        public const int Length = 4096;
        public const long Cost = 32 * Length;
        private readonly Span<float> _values = values;

        public void Run(int row) => Softcap(_values.Slice(row * Length, int.Min(Length, _values.Length - (row * Length))), cap);
    }
}
