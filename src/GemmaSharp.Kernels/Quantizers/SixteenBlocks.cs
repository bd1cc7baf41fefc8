using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Blocks.Formats;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>Q2_K, Q3_K and Q6_K: sixteen groups of 16, searched in two halves of eight.</summary>
internal static unsafe class SixteenBlocks
{
    private const int Length = 16;
    private const int Groups = 16;
    private const int Half = Length * Lanes.Count;
    private const int Super = 256;

    [SkipLocalsInit]
    public static void Q2_K(float* x, float* importance, int columns, byte* into)
    {
        SearchScratch scratch;
        AsymmetricSearch search = importance is null ? new(3, -0.5f, 0.1f, 15, absolute: true) : AsymmetricSearch.Weighted(3);
        for (int start = 0; start < columns; start += Super, x += Super, into += Blocks.Formats.Q2_K.Bytes)
        {
            float meanSquare = importance is null ? 0 : Weighting.SumOfSquares(x, Super) / Super;
            for (int half = 0; half < 2; half++)
            {
                Spread(x, importance is null ? null : importance + start, meanSquare, half, &scratch);
                if (importance is null)
                {
                    Weighting.Magnitudes(scratch.Lanes, Half, scratch.Weights);
                }

                float* codes = scratch.LaneCodes + (half * Half);
                search.Run(Length, scratch.Lanes, scratch.Weights, codes, out Vector256<float> minima)
                    .Store(scratch.Scales + (half * Lanes.Count));
                minima.Store(scratch.Minima + (half * Lanes.Count));
            }

            WriteQ2_K(x, &scratch, importance is not null, into);
        }
    }

    [SkipLocalsInit]
    public static void Q3_K(float* x, float* importance, int columns, byte* into)
    {
        SearchScratch scratch;
        for (int start = 0; start < columns; start += Super, x += Super, into += Blocks.Formats.Q3_K.Bytes)
        {
            float meanSquare = importance is null ? 0 : 2 * Weighting.SumOfSquares(x, Super) / Super;
            for (int half = 0; half < 2; half++)
            {
                Spread(x, importance is null ? null : importance + start, meanSquare, half, &scratch);
                float* codes = scratch.LaneCodes + (half * Half);
                Vector256<float> scales = importance is null
                    ? CoordinateSearch.Signed(Length, 4, scratch.Lanes, scratch.Weights, codes)
                    : SymmetricSearch.Run(Length, 4, scratch.Lanes, scratch.Weights, codes);
                scales.Store(scratch.Scales + (half * Lanes.Count));
            }

            float scale = importance is null ? SubScales.Signed(&scratch, 32, 31, 32) : SubScales.SignedSearched(&scratch, 32);
            WriteQ3_K(x, &scratch, scale, into);
        }
    }

    [SkipLocalsInit]
    public static void Q6_K(float* x, float* importance, int columns, byte* into)
    {
        SearchScratch scratch;
        for (int start = 0; start < columns; start += Super, x += Super, into += Blocks.Formats.Q6_K.Bytes)
        {
            for (int half = 0; half < 2; half++)
            {
                Lanes.Spread(x + (half * Half), Length, scratch.Lanes);
                if (importance is null)
                {
                    Weighting.Squares(scratch.Lanes, Half, scratch.Weights);
                }
                else
                {
                    Lanes.Spread(importance + start + (half * Half), Length, scratch.Weights);
                }

                SymmetricSearch.Run(Length, 32, scratch.Lanes, scratch.Weights, scratch.LaneCodes + (half * Half))
                    .Store(scratch.Scales + (half * Lanes.Count));
            }

            WriteQ6_K(x, &scratch, into);
        }
    }

    // Values and weights of a half as lanes: x² without importances.
    private static void Spread(float* x, float* importance, float meanSquare, int half, SearchScratch* s)
    {
        x += half * Half;
        Lanes.Spread(x, Length, s->Lanes);
        if (importance is null)
        {
            Weighting.Squares(s->Lanes, Half, s->Weights);
            return;
        }

        Weighting.Important(x, importance + (half * Half), meanSquare, Half, s->Values);
        Lanes.Spread(s->Values, Length, s->Weights);
        Lanes.Sum(Length, s->Weights).Store(s->Sums + (half * Lanes.Count));
    }

    private static void WriteQ2_K(float* x, SearchScratch* s, bool weighted, byte* into)
    {
        (float scale, float minimum) = SubScales.Positive(s, Groups, 15, weighted);
        byte* scales = into + Blocks.Formats.Q2_K.AtScale;
        CodePacking.Half(scale, scales);
        CodePacking.Half(minimum, scales + 2);
        scale = Codes.Half(scales);
        minimum = Codes.Half(scales + 2);
        for (int group = 0; group < Groups; group++)
        {
            into[group] = (byte)(s->ScaleCodes[group] | (s->MinimumCodes[group] << 4));
            Requantize(x, scale * s->ScaleCodes[group], minimum * s->MinimumCodes[group], new(0, 3), group, s);
        }

        CodePacking.Pairs(s->Codes, into + Blocks.Formats.Q2_K.AtCodes);
    }

    private static void WriteQ3_K(float* x, SearchScratch* s, float scale, byte* into)
    {
        CodePacking.Half(scale, into + Blocks.Formats.Q3_K.AtScale);
        scale = Codes.Half(into + Blocks.Formats.Q3_K.AtScale);
        byte* scales = into + Blocks.Formats.Q3_K.AtScales;
        new Span<byte>(scales, 12).Clear();
        for (int group = 0; group < Groups; group++)
        {
            int code = s->ScaleCodes[group];
            scales[group % 8] |= (byte)((code & 15) << (group < 8 ? 0 : 4));
            scales[8 + (group % 4)] |= (byte)(code >> 4 << (2 * (group / 4)));
            Requantize(x, scale * (code - 32), 0, new(-4, 3), group, s);
        }

        CodePacking.Bits(s->Codes, 2, into);
        CodePacking.Pairs(s->Codes, into + Blocks.Formats.Q3_K.AtCodes);
    }

    private static void WriteQ6_K(float* x, SearchScratch* s, byte* into)
    {
        if (Lanes.IsNothing(SubScales.Largest(s->Scales, Groups)))
        {
            new Span<byte>(into, Blocks.Formats.Q6_K.Bytes).Clear();
            return;
        }

        CodePacking.Half(SubScales.Signed(s, 128, 127, 0), into + Blocks.Formats.Q6_K.AtScale);
        float scale = Codes.Half(into + Blocks.Formats.Q6_K.AtScale);
        for (int group = 0; group < Groups; group++)
        {
            into[Blocks.Formats.Q6_K.AtScales + group] = s->ScaleCodes[group];
            Requantize(x, scale * (sbyte)s->ScaleCodes[group], 0, new(-32, 31), group, s);
        }

        for (int half = 0; half < 2; half++)
        {
            // Runs of 32: the low nibbles of runs 0 and 2 share bytes, as those of 1 and 3.
            byte* codes = s->Codes + (128 * half), low = into + (64 * half), high = into + Blocks.Formats.Q6_K.AtHigh + (32 * half);
            for (int at = 0; at < 32; at++)
            {
                low[at] = (byte)((codes[at] & 15) | (codes[at + 64] << 4));
                low[at + 32] = (byte)((codes[at + 32] & 15) | (codes[at + 96] << 4));
                high[at] = (byte)((codes[at] >> 4) | (codes[at + 32] >> 4 << 2) | (codes[at + 64] >> 4 << 4) | (codes[at + 96] >> 4 << 6));
            }
        }
    }

    // Codes with the scale as stored; those of the search where it is zero.
    private static void Requantize(float* x, float scale, float minimum, CodeRange range, int group, SearchScratch* s)
    {
        byte* codes = s->Codes + (group * Length);
        if (scale == 0)
        {
            Lanes.Gather(s->LaneCodes + (group / Lanes.Count * Half), group % Lanes.Count, Length, codes);
        }
        else
        {
            CodePacking.Requantize(x + (group * Length), Length, scale, minimum, range, codes);
        }
    }
}
