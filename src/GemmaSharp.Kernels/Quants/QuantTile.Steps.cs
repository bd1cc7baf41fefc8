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
    private static void Weigh(int steps, byte* scales, int lane, ref Quad s, ref Quad i)
    {
        if (steps % TKernel.GroupLength == 0)
        {
            TVector multiplier = TKernel.Multiplier<TLanes, TVector>(scales, lane, (steps / TKernel.GroupLength) - 1);
            i.A = TLanes.Add(i.A, TLanes.Weigh(s.A, multiplier));
            i.B = TLanes.Add(i.B, TLanes.Weigh(s.B, multiplier));
            i.C = TLanes.Add(i.C, TLanes.Weigh(s.C, multiplier));
            i.D = TLanes.Add(i.D, TLanes.Weigh(s.D, multiplier));
            s = default;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(int index, byte* codes, byte* x, ref TVector s) =>
        s = TLanes.Dot(s, TKernel.Codes<TLanes, TVector>(codes, index), TLanes.Broadcast(x + (index % 8 * sizeof(int))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(int index, byte* codes, byte* x, ref Quad s)
    {
        TVector w = TKernel.Codes<TLanes, TVector>(codes, index);
        byte* value = x + (index % 8 * sizeof(int));
        s.A = TLanes.Dot(s.A, w, TLanes.Broadcast(value));
        s.B = TLanes.Dot(s.B, w, TLanes.Broadcast(value + Values));
        s.C = TLanes.Dot(s.C, w, TLanes.Broadcast(value + (2 * Values)));
        s.D = TLanes.Dot(s.D, w, TLanes.Broadcast(value + (3 * Values)));
    }

    // Both planes of a value at once, so that it is spread over the lanes once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(int index, byte* codes, byte* x, ref Quad s, ref Quad h)
    {
        TVector low = TKernel.Codes<TLanes, TVector>(codes, index), high = TKernel.Codes<TLanes, TVector>(codes, index + 8);
        byte* at = x + (index * sizeof(int));
        TVector value = TLanes.Broadcast(at);
        s.A = TLanes.Dot(s.A, low, value);
        h.A = TLanes.Dot(h.A, high, value);
        value = TLanes.Broadcast(at + Values);
        s.B = TLanes.Dot(s.B, low, value);
        h.B = TLanes.Dot(h.B, high, value);
        value = TLanes.Broadcast(at + (2 * Values));
        s.C = TLanes.Dot(s.C, low, value);
        h.C = TLanes.Dot(h.C, high, value);
        value = TLanes.Broadcast(at + (3 * Values));
        s.D = TLanes.Dot(s.D, low, value);
        h.D = TLanes.Dot(h.D, high, value);
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

    /// <summary>One vector for each of four rows.</summary>
    private struct Quad
    {
        public TVector A;
        public TVector B;
        public TVector C;
        public TVector D;
    }
}
