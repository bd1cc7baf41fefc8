using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Blocks.Formats;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>Q4_K and Q5_K: eight groups of 32 with scale and minimum.</summary>
/// <param name="bits">4 or 5.</param>
internal readonly unsafe struct PairedBlocks(int bits)
{
    private const int Length = 32;
    private const int Super = 256;
    private const int AtPairs = 4;
    private const int SubScaleTop = 63;

    private readonly AsymmetricSearch _plain = bits == 4 ? new(15, -1, 0.1f, 20, absolute: false) : new(31, -0.5f, 0.1f, 15, absolute: false);
    private readonly AsymmetricSearch _weighted = AsymmetricSearch.Weighted((1 << bits) - 1);

    public static void Q4_K(float* x, float* importance, int columns, byte* into) => new PairedBlocks(4).Row(x, importance, columns, into);

    public static void Q5_K(float* x, float* importance, int columns, byte* into) => new PairedBlocks(5).Row(x, importance, columns, into);

    [SkipLocalsInit]
    private void Row(float* x, float* importance, int columns, byte* into)
    {
        SearchScratch scratch;
        for (int start = 0; start < columns; start += Super, x += Super)
        {
            Search(x, importance is null ? null : importance + start, &scratch);
            (float scale, float minimum) = SubScales.Positive(&scratch, Lanes.Count, SubScaleTop, importance is not null);
            CodePacking.Half(scale, into);
            CodePacking.Half(minimum, into + 2);
            PackedPairs.Write(scratch.ScaleCodes, scratch.MinimumCodes, into + AtPairs);
            Requantize(x, into, &scratch);
            into = Pack(scratch.Codes, into + AtPairs + PackedPairs.Bytes);
        }
    }

    private void Search(float* x, float* importance, SearchScratch* s)
    {
        Lanes.Spread(x, Length, s->Lanes);
        if (importance is null)
        {
            Weighting.AboveMean(s->Lanes, Length, s->Weights);
        }
        else
        {
            Weighting.Important(x, importance, 2 * Weighting.SumOfSquares(x, Super) / Super, Super, s->Values);
            Lanes.Spread(s->Values, Length, s->Weights);
            Lanes.Sum(Length, s->Weights).Store(s->Sums);
        }

        AsymmetricSearch search = importance is null ? _plain : _weighted;
        search.Run(Length, s->Lanes, s->Weights, s->LaneCodes, out Vector256<float> minima).Store(s->Scales);
        minima.Store(s->Minima);
    }

    private void Requantize(float* x, byte* block, SearchScratch* s)
    {
        float scale = Codes.Half(block), minimum = Codes.Half(block + 2);
        for (int k = 0; k < Lanes.Count; k++)
        {
            float subScale = scale * s->ScaleCodes[k];
            if (subScale == 0)
            {
                Lanes.Gather(s->LaneCodes, k, Length, s->Codes + (k * Length));
            }
            else
            {
                CodeRange range = new(0, (1 << bits) - 1);
                CodePacking.Requantize(x + (k * Length), Length, subScale, minimum * s->MinimumCodes[k], range, s->Codes + (k * Length));
            }
        }
    }

    private byte* Pack(byte* codes, byte* into)
    {
        if (bits == 5)
        {
            CodePacking.Bits(codes, 4, into);
            into += Length;
        }

        for (int k = 0; k < Lanes.Count; k += 2, into += Length)
        {
            CodePacking.Nibbles(codes + (k * Length), Length, into);
        }

        return into;
    }
}
