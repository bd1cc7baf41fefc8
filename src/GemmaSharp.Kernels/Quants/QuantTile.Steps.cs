using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <content>What is done for four columns, and for the 32 of a sub-block.</content>
internal static unsafe partial class QuantTile<TKernel, TLanes, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* at)
    {
        if (Sse.IsSupported)
        {
            for (int line = 0; line < SubBytes; line += CacheLine)
            {
                Sse.Prefetch0(at + line);
            }
        }
    }

    // The sums of 16 bits are full after so many steps: they go into the integers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weigh(int steps, byte* scales, int lane, ref TVector s, ref TVector i)
    {
        if (steps % TKernel.GroupLength == 0)
        {
            i = TLanes.Add(i, TLanes.Weigh(s, TKernel.Multiplier<TLanes, TVector>(scales, lane, (steps / TKernel.GroupLength) - 1)));
            s = default;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weigh(
        int steps, byte* scales, int lane, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3,
        ref TVector i0, ref TVector i1, ref TVector i2, ref TVector i3)
    {
        if (steps % TKernel.GroupLength == 0)
        {
            TVector multiplier = TKernel.Multiplier<TLanes, TVector>(scales, lane, (steps / TKernel.GroupLength) - 1);
            i0 = TLanes.Add(i0, TLanes.Weigh(s0, multiplier));
            i1 = TLanes.Add(i1, TLanes.Weigh(s1, multiplier));
            i2 = TLanes.Add(i2, TLanes.Weigh(s2, multiplier));
            i3 = TLanes.Add(i3, TLanes.Weigh(s3, multiplier));
            s0 = s1 = s2 = s3 = default;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(int index, byte* codes, byte* x, ref TVector s) =>
        s = TLanes.Dot(s, TKernel.Codes<TLanes, TVector>(codes, index), TLanes.Broadcast(x + (index % 8 * sizeof(int))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(int index, byte* codes, byte* x, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
    {
        TVector w = TKernel.Codes<TLanes, TVector>(codes, index);
        byte* value = x + (index % 8 * sizeof(int));
        s0 = TLanes.Dot(s0, w, TLanes.Broadcast(value));
        s1 = TLanes.Dot(s1, w, TLanes.Broadcast(value + Values));
        s2 = TLanes.Dot(s2, w, TLanes.Broadcast(value + (2 * Values)));
        s3 = TLanes.Dot(s3, w, TLanes.Broadcast(value + (3 * Values)));
    }

    // Both planes of a value at once, so that it is spread over the lanes once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        int index, byte* codes, byte* x, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3,
        ref TVector h0, ref TVector h1, ref TVector h2, ref TVector h3)
    {
        TVector low = TKernel.Codes<TLanes, TVector>(codes, index), high = TKernel.Codes<TLanes, TVector>(codes, index + 8);
        byte* at = x + (index * sizeof(int));
        TVector value = TLanes.Broadcast(at);
        s0 = TLanes.Dot(s0, low, value);
        h0 = TLanes.Dot(h0, high, value);
        value = TLanes.Broadcast(at + Values);
        s1 = TLanes.Dot(s1, low, value);
        h1 = TLanes.Dot(h1, high, value);
        value = TLanes.Broadcast(at + (2 * Values));
        s2 = TLanes.Dot(s2, low, value);
        h2 = TLanes.Dot(h2, high, value);
        value = TLanes.Broadcast(at + (3 * Values));
        s3 = TLanes.Dot(s3, low, value);
        h3 = TLanes.Dot(h3, high, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Minima(byte* header, byte* scales, int lane, ref TVector low, ref TVector high)
    {
        if (TKernel.Minima > 0)
        {
            low = TKernel.Minimum<TLanes, TVector>(header, scales, lane, 0);
        }

        if (TKernel.Minima > 1)
        {
            high = TKernel.Minimum<TLanes, TVector>(header, scales, lane, 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Finish(TVector i, TVector scale, TVector low, TVector high, byte* side, TVector sum)
    {
        if (TKernel.Offset != 0)
        {
            i = TLanes.Subtract(i, TLanes.Broadcast(side + QuantizedRows.SumAt));
        }

        sum = TLanes.FusedMultiplyAdd(TLanes.ToFloat(i), TLanes.Multiply(scale, TLanes.Broadcast(side)), sum);
        if (TKernel.Minima > 0)
        {
            sum = TLanes.FusedMultiplyAdd(low, TLanes.Broadcast(side + QuantizedRows.SumAt), sum);
        }

        if (TKernel.Minima > 1)
        {
            sum = TLanes.FusedMultiplyAdd(high, TLanes.Broadcast(side + QuantizedRows.UpperSumAt), sum);
        }

        return sum;
    }
}
