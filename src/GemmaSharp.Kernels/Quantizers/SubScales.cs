using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>The second level of the K formats: scales and minima of the groups of a block as small integers times d.</summary>
internal static unsafe class SubScales
{
    private const int Groups = 16;

    /// <summary>The value of largest magnitude, with its sign, the first of equals.</summary>
    public static float Largest(float* values, int count)
    {
        float largest = 0;
        for (int index = 0; index < count; index++)
        {
            largest = MathF.Abs(values[index]) > MathF.Abs(largest) ? values[index] : largest;
        }

        return largest;
    }

    /// <summary>Codes 0..top of scales and minima; by a search with the groups' sums of weights, or plainly. Returns d and dmin.</summary>
    [SkipLocalsInit]
    public static (float Scale, float Minimum) Positive(SearchScratch* s, int count, int top, bool weighted)
    {
        // Lane 0 has the scales, lane 1 the minima.
        float* lanes = stackalloc float[Groups * Lanes.Count];
        float* weights = stackalloc float[Groups * Lanes.Count];
        float* codes = stackalloc float[Groups * Lanes.Count];
        for (int index = 0; index < count; index++)
        {
            Vector256.Create(s->Scales[index], s->Minima[index], 0, 0, 0, 0, 0, 0).Store(lanes + (index * Lanes.Count));
            Vector256.Create(s->Sums[index]).Store(weights + (index * Lanes.Count));
        }

        Vector256<float> found = weighted
            ? PositiveSearch.Run(count, top, lanes, weights, codes)
            : PositiveSearch.Plain(count, top, lanes, codes);
        Lanes.Gather(codes, 0, count, s->ScaleCodes);
        Lanes.Gather(codes, 1, count, s->MinimumCodes);
        return (found[0], found[1]);
    }

    /// <summary>Codes -limit..highest of 16 scales, so that the largest becomes -limit; they are written plus limit. Returns d.</summary>
    public static float Signed(SearchScratch* s, int limit, int highest, int offset)
    {
        float largest = Largest(s->Scales, Groups);
        float inverse = largest == 0 ? 0 : -limit / largest;
        for (int index = 0; index < Groups; index++)
        {
            s->ScaleCodes[index] = largest == 0 ? (byte)0 : (byte)(Lanes.Round(inverse * s->Scales[index], -limit, highest) + offset);
        }

        return largest == 0 ? 0 : 1 / inverse;
    }

    /// <summary>Codes of 16 scales by a search with the groups' sums of weights, written plus limit. Returns d.</summary>
    [SkipLocalsInit]
    public static float SignedSearched(SearchScratch* s, int limit)
    {
        float* lanes = stackalloc float[Groups * Lanes.Count];
        float* weights = stackalloc float[Groups * Lanes.Count];
        float* codes = stackalloc float[Groups * Lanes.Count];
        for (int index = 0; index < Groups; index++)
        {
            Vector256.Create(s->Scales[index], 0, 0, 0, 0, 0, 0, 0).Store(lanes + (index * Lanes.Count));
            Vector256.Create(s->Sums[index]).Store(weights + (index * Lanes.Count));
        }

        float found = SymmetricSearch.Run(Groups, limit, lanes, weights, codes)[0];
        Lanes.Gather(codes, 0, Groups, s->ScaleCodes);
        return found;
    }
}
