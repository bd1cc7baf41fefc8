using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>Formats whose codes are rounded and never searched, so that importances do not count: Q8_0, MXFP4, TQ1_0, TQ2_0.</summary>
internal static unsafe class PlainBlocks
{
    private const int Small = 32;
    private const int Large = 256;

    public static void Q8_0(float* x, float* importance, int columns, byte* into)
    {
        for (int start = 0; start < columns; start += Small, x += Small, into += Blocks.Formats.Q8_0.Bytes)
        {
            float scale = Magnitude(x, Small) / 127, inverse = scale == 0 ? 0 : 1 / scale;
            CodePacking.Half(scale, into);
            RoundAway(x, Small, inverse, 0, into + 2);
        }
    }

    public static void MXFP4(float* x, float* importance, int columns, byte* into)
    {
        byte* codes = stackalloc byte[Small];
        for (int start = 0; start < columns; start += Small, x += Small, into += Blocks.Formats.MXFP4.Bytes)
        {
            float magnitude = Magnitude(x, Small);
            *into = magnitude > 0 ? (byte)(int)(MathF.Floor(MathF.Log2(magnitude)) - 2 + 127) : (byte)0;
            NearestFloat4(x, Blocks.Formats.MXFP4.Power(*into), codes);
            CodePacking.Nibbles(codes, Small / 2, into + 1);
        }
    }

    public static void TQ2_0(float* x, float* importance, int columns, byte* into)
    {
        byte* digits = stackalloc byte[Large];
        for (int start = 0; start < columns; start += Large, x += Large, into += Blocks.Formats.TQ2_0.Bytes)
        {
            CodePacking.Half(Digits(x, digits), into + Blocks.Formats.TQ2_0.AtScale);
            CodePacking.Pairs(digits, into);
        }
    }

    public static void TQ1_0(float* x, float* importance, int columns, byte* into)
    {
        byte* digits = stackalloc byte[Large];
        for (int start = 0; start < columns; start += Large, x += Large, into += Blocks.Formats.TQ1_0.Bytes)
        {
            CodePacking.Half(Digits(x, digits), into + Blocks.Formats.TQ1_0.AtScale);
            Fractions(digits, 32, 5, into);
            Fractions(digits + 160, 16, 5, into + 32);
            Fractions(digits + 240, 4, 4, into + Blocks.Formats.TQ1_0.AtShort);
        }
    }

    private static float Magnitude(float* x, int length)
    {
        float magnitude = 0;
        for (int at = 0; at < length; at++)
        {
            magnitude = MathF.Abs(x[at]) > magnitude ? MathF.Abs(x[at]) : magnitude;
        }

        return magnitude;
    }

    // into[i] = x[i] * factor + offset, rounded, ties away from zero; a multiple of 16.
    private static void RoundAway(float* x, int length, float factor, int offset, byte* into)
    {
        for (int at = 0; at < length; at += 16)
        {
            Vector256<short> wide = Vector256.Narrow(RoundAway(Vector256.Load(x + at) * factor), RoundAway(Vector256.Load(x + at + 8) * factor));
            Vector128<sbyte> codes = Vector128.Narrow(wide.GetLower(), wide.GetUpper());
            (codes + Vector128.Create((sbyte)offset)).AsByte().Store(into + at);
        }
    }

    private static Vector256<int> RoundAway(Vector256<float> values)
    {
        Vector256<float> whole = Vector256.Truncate(values);
        Vector256<float> far = Vector256.GreaterThanOrEqual(Vector256.Abs(values - whole), Vector256.Create(0.5f));
        Vector256<float> signedOne = (values & Vector256.Create(-0f)) | Vector256<float>.One;
        return Vector256.ConvertToInt32(whole + (signedOne & far));
    }

    private static float Digits(float* x, byte* digits)
    {
        float scale = Magnitude(x, Large);
        RoundAway(x, Large, scale == 0 ? 0 : 1 / scale, 1, digits);
        return scale;
    }

    // digits [places, count], the first the most significant of five; a byte is the fraction of 3^5 times 256, rounded up.
    private static void Fractions(byte* digits, int count, int places, byte* into)
    {
        for (int at = 0; at < count; at++)
        {
            int value = 0;
            for (int place = 0; place < 5; place++)
            {
                value = (value * 3) + (place < places ? digits[(place * count) + at] : 0);
            }

            into[at] = (byte)(((value * 256) + 242) / 243);
        }
    }

    // The first of equally near values.
    private static void NearestFloat4(float* x, float scale, byte* codes)
    {
        for (int at = 0; at < Small; at += 8)
        {
            Vector256<float> value = Vector256.Load(x + at);
            Vector256<float> best = Vector256.Abs(-value);
            Vector256<int> code = default;
            for (int candidate = 1; candidate < 16; candidate++)
            {
                Vector256<float> error = Vector256.Abs(Vector256.Create(Blocks.Formats.MXFP4.Doubled[candidate] * scale) - value);
                Vector256<float> nearer = Vector256.LessThan(error, best);
                best = Vector256.ConditionalSelect(nearer, error, best);
                code = Vector256.ConditionalSelect(nearer.AsInt32(), Vector256.Create(candidate), code);
            }

            for (int lane = 0; lane < 8; lane++)
            {
                codes[at + lane] = (byte)code[lane];
            }
        }
    }
}
