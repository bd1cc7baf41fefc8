using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>From a block's exact integer to the float sum of a row.</summary>
internal static unsafe class QuantFinish<TKernel, TLanes, TVector>
    where TKernel : struct, IQuantKernel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>i - offset * Σ value; <paramref name="words"/> are those of one row of <paramref name="width"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Center(TVector i, byte* words, int width)
    {
        int word = width * sizeof(float);
        if (TKernel.Offset == 128)
        {
            i = TLanes.Add(i, TLanes.Broadcast(words + (QuantizedRows.Sum128 * word)));
        }

        if (TKernel.Offset is 8 or 16)
        {
            i = TLanes.Add(i, TLanes.Broadcast(words + (QuantizedRows.Sum8 * word)));
        }

        if (TKernel.Offset == 16)
        {
            i = TLanes.Add(i, TLanes.Broadcast(words + (QuantizedRows.Sum8 * word)));
        }

        return i;
    }

    /// <summary>sum + i * scales + minima * Σ value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Add(TVector i, TVector scale, TVector low, TVector high, byte* words, int width, TVector sum)
    {
        int word = width * sizeof(float);
        sum = TLanes.FusedMultiplyAdd(TLanes.ToFloat(i), TLanes.Multiply(scale, TLanes.Broadcast(words + (QuantizedRows.Scale * word))), sum);
        if (TKernel.Minima == 1)
        {
            sum = TLanes.FusedMultiplyAdd(low, TLanes.Broadcast(words + (QuantizedRows.ScaledSum * word)), sum);
        }

        if (TKernel.Minima == 2)
        {
            sum = TLanes.FusedMultiplyAdd(low, TLanes.Broadcast(words + (QuantizedRows.ScaledLower * word)), sum);
            sum = TLanes.FusedMultiplyAdd(high, TLanes.Broadcast(words + (QuantizedRows.ScaledUpper * word)), sum);
        }

        return sum;
    }
}
