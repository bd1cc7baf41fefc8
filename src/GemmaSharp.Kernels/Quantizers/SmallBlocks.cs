using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>
/// Blocks of 32 codes with a scale, or a scale and a minimum: Q4_0, Q4_1, Q5_0, Q5_1. Without importances codes are rounded with the
/// scale as it is before it becomes a half; with them a search over eight blocks at once finds both.
/// </summary>
/// <param name="bits">4 or 5.</param>
/// <param name="hasMinimum">Whether blocks have a minimum.</param>
internal readonly unsafe struct SmallBlocks(int bits, bool hasMinimum)
{
    private const int Length = 32;

    public static void Q4_0(float* x, float* importance, int columns, byte* into) =>
        new SmallBlocks(4, false).Row(x, importance, columns, into);

    public static void Q4_1(float* x, float* importance, int columns, byte* into) =>
        new SmallBlocks(4, true).Row(x, importance, columns, into);

    public static void Q5_0(float* x, float* importance, int columns, byte* into) =>
        new SmallBlocks(5, false).Row(x, importance, columns, into);

    public static void Q5_1(float* x, float* importance, int columns, byte* into) =>
        new SmallBlocks(5, true).Row(x, importance, columns, into);

    [SkipLocalsInit]
    private void Row(float* x, float* importance, int columns, byte* into)
    {
        SearchScratch scratch;
        float meanSquare = importance is null ? 0 : Weighting.SumOfSquares(x, columns) / columns;
        for (int start = 0; start < columns; start += Length * Lanes.Count)
        {
            int blocks = int.Min(Lanes.Count, (columns - start) / Length);
            if (importance is not null)
            {
                Search(x + start, importance + start, meanSquare, blocks, &scratch);
            }
            else
            {
                Round(x + start, blocks, &scratch);
            }

            for (int block = 0; block < blocks; block++)
            {
                into = Write(scratch.Codes + (block * Length), scratch.Scales[block], scratch.Minima[block], into);
            }
        }
    }

    private void Round(float* x, int blocks, SearchScratch* s)
    {
        for (int block = 0; block < blocks; block++, x += Length)
        {
            if (hasMinimum)
            {
                (s->Scales[block], s->Minima[block]) = RoundBetween(x, s->Codes + (block * Length));
            }
            else
            {
                s->Scales[block] = RoundAround(x, s->Codes + (block * Length));
            }
        }
    }

    private float RoundAround(float* x, byte* codes)
    {
        float magnitude = 0, largest = 0;
        for (int at = 0; at < Length; at++)
        {
            if (MathF.Abs(x[at]) > magnitude)
            {
                magnitude = MathF.Abs(x[at]);
                largest = x[at];
            }
        }

        int middle = 1 << (bits - 1);
        float scale = largest / -middle;
        Truncate(x, scale, 0, middle + 0.5f, codes);
        return scale;
    }

    private (float Scale, float Minimum) RoundBetween(float* x, byte* codes)
    {
        float lowest = x[0], highest = x[0];
        for (int at = 1; at < Length; at++)
        {
            lowest = x[at] < lowest ? x[at] : lowest;
            highest = x[at] > highest ? x[at] : highest;
        }

        float scale = (highest - lowest) / ((1 << bits) - 1);
        Truncate(x, scale, lowest, 0.5f, codes);
        return (scale, lowest);
    }

    private void Truncate(float* x, float scale, float minimum, float shift, byte* codes)
    {
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int at = 0; at < Length; at++)
        {
            codes[at] = (byte)int.Clamp((int)(((x[at] - minimum) * inverse) + shift), 0, (1 << bits) - 1);
        }
    }

    private void Search(float* x, float* importance, float meanSquare, int blocks, SearchScratch* s)
    {
        Lanes.SpreadPadded(x, Length, blocks, s->Values, s->Lanes);
        Weighting.Important(x, importance, meanSquare, blocks * Length, s->Values);
        Lanes.Spread(s->Values, Length, s->Weights);
        if (hasMinimum)
        {
            AsymmetricSearch search = AsymmetricSearch.Weighted((1 << bits) - 1);
            search.Run(Length, s->Lanes, s->Weights, s->LaneCodes, out Vector256<float> minima).Store(s->Scales);
            (-minima).Store(s->Minima);
        }
        else
        {
            SymmetricSearch.Run(Length, 1 << (bits - 1), s->Lanes, s->Weights, s->LaneCodes).Store(s->Scales);
        }

        for (int block = 0; block < blocks; block++)
        {
            Lanes.Gather(s->LaneCodes, block, Length, s->Codes + (block * Length));
        }
    }

    private byte* Write(byte* codes, float scale, float minimum, byte* into)
    {
        CodePacking.Half(scale, into);
        into += sizeof(ushort);
        if (hasMinimum)
        {
            CodePacking.Half(minimum, into);
            into += sizeof(ushort);
        }

        if (bits == 5)
        {
            *(uint*)into = CodePacking.FifthBits(codes);
            into += sizeof(uint);
        }

        CodePacking.Nibbles(codes, Length / 2, into);
        return into + (Length / 2);
    }
}
