using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>IQ4_NL, one scale for 32 codes, and IQ4_XS, eight sub-scales of 6 bits for 256.</summary>
internal static unsafe class NonLinearBlocks
{
    private const int Length = NonLinearSearch.Length;
    private const int Super = 256;

    [SkipLocalsInit]
    public static void IQ4_NL(float* x, float* importance, int columns, byte* into)
    {
        SearchScratch scratch;
        for (int start = 0; start < columns; start += Super)
        {
            int blocks = int.Min(Lanes.Count, (columns - start) / Length);
            Lanes.SpreadPadded(x + start, Length, blocks, scratch.Values, scratch.Lanes);
            if (importance is not null)
            {
                for (int block = 0; block < blocks; block++)
                {
                    Weigh(x + start + (block * Length), importance + start + (block * Length), Length, scratch.Values + (block * Length));
                }

                Lanes.Spread(scratch.Values, Length, scratch.Weights);
            }
            else
            {
                Weighting.Squares(scratch.Lanes, Super, scratch.Weights);
            }

            NonLinearSearch.Run(scratch.Lanes, scratch.Weights).Store(scratch.Scales);
            for (int block = 0; block < blocks; block++, into += Blocks.Formats.IQ4_NL.Bytes)
            {
                CodePacking.Half(scratch.Scales[block], into);
                NonLinearSearch.Encode(x + start + (block * Length), scratch.Scales[block], scratch.Codes);
                CodePacking.Nibbles(scratch.Codes, Length / 2, into + 2);
            }
        }
    }

    [SkipLocalsInit]
    public static void IQ4_XS(float* x, float* importance, int columns, byte* into)
    {
        SearchScratch scratch;
        for (int start = 0; start < columns; start += Super, x += Super, into += Blocks.Formats.IQ4_XS.Bytes)
        {
            Lanes.Spread(x, Length, scratch.Lanes);
            if (importance is not null)
            {
                Weigh(x, importance + start, Super, scratch.Values);
                Lanes.Spread(scratch.Values, Length, scratch.Weights);
            }
            else
            {
                Weighting.Squares(scratch.Lanes, Super, scratch.Weights);
            }

            NonLinearSearch.Run(scratch.Lanes, scratch.Weights).Store(scratch.Scales);
            WriteSuper(x, &scratch, into);
        }
    }

    private static void Weigh(float* x, float* importance, int length, float* into) =>
        Weighting.Important(x, importance, Weighting.SumOfSquares(x, length) * (2f / length), length, into);

    private static void WriteSuper(float* x, SearchScratch* s, byte* into)
    {
        float scale = -SubScales.Largest(s->Scales, Lanes.Count) / 32, inverse = scale == 0 ? 0 : 1 / scale;
        CodePacking.Half(scale, into);
        uint high = 0, low = 0;
        for (int k = 0; k < Lanes.Count; k++)
        {
            int code = Lanes.Round(inverse * s->Scales[k], -32, 31);
            NonLinearSearch.Encode(x + (k * Length), scale * code, s->Codes);
            CodePacking.Nibbles(s->Codes, Length / 2, into + Blocks.Formats.IQ4_XS.AtCodes + (16 * k));
            uint stored = (uint)(code + 32);
            low |= (stored & 15) << (4 * k);
            high |= (stored >> 4) << (2 * k);
        }

        *(ushort*)(into + Blocks.Formats.IQ4_XS.AtHigh) = (ushort)high;
        *(uint*)(into + Blocks.Formats.IQ4_XS.AtLow) = low;
    }
}
