using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quants;

/// <content>Dot products of bytes by 256-bit vectors, which is all that .NET offers, finished by 512-bit ones.</content>
internal static unsafe partial class QuantRow<TKernel, TLanes, TVector>
{
    // Both halves of a line together: a second pass would wait for lines that the first one has only asked for.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Bytes(byte* panel, int blocks, byte* x, float* sums)
    {
        Vector512<byte> sum = Lanes512.Load(sums);
        for (; blocks > 0; blocks--)
        {
            Vector512<byte> scale = TKernel.Scale<Lanes512, Vector512<byte>>(panel, 0), minimum = TKernel.MinimumScale<Lanes512, Vector512<byte>>(panel, 0);
            Prefetch.PageBehind(panel, QuantLayout.BlockBytes<TKernel>());
            panel += TKernel.HeaderBytes;
            for (int sub = 0; sub < SubBlocks; sub++, panel += SubBytes, x += QuantizedRows.BlockBytes)
            {
                TVector i = default, k = default;
                EightTwice(panel, x, ref i, ref k);
                Vector512<byte> low = TKernel.Minima > 0 ? TKernel.Minimum<Lanes512, Vector512<byte>>(minimum, panel, 0, 0) : default;
                Vector512<byte> high = TKernel.Minima > 1 ? TKernel.Minimum<Lanes512, Vector512<byte>>(minimum, panel, 0, 1) : default;
                Vector512<byte> both = Vector512.Create(Unsafe.BitCast<TVector, Vector256<byte>>(i), Unsafe.BitCast<TVector, Vector256<byte>>(k));
                both = QuantFinish<TKernel, Lanes512, Vector512<byte>>.Center(both, x + Values, 1);
                sum = QuantFinish<TKernel, Lanes512, Vector512<byte>>.Add(both, scale, low, high, x + Values, 1, sum);
            }
        }

        Lanes512.Store(sum, sums);
    }

    // i of the first eight rows, k of the others.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void EightTwice(byte* panel, byte* x, ref TVector i, ref TVector k)
    {
        byte* codes = panel + TKernel.ScaleBytes;
        TVector s = default, t = default;
        StepTwo(0, codes, x, ref s, ref t);
        StepTwo(1, codes, x, ref s, ref t);
        WeighTwo(2, panel, ref s, ref t, ref i, ref k);
        StepTwo(2, codes, x, ref s, ref t);
        StepTwo(3, codes, x, ref s, ref t);
        WeighTwo(4, panel, ref s, ref t, ref i, ref k);
        StepTwo(4, codes, x, ref s, ref t);
        StepTwo(5, codes, x, ref s, ref t);
        WeighTwo(6, panel, ref s, ref t, ref i, ref k);
        StepTwo(6, codes, x, ref s, ref t);
        StepTwo(7, codes, x, ref s, ref t);
        WeighTwo(8, panel, ref s, ref t, ref i, ref k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StepTwo(int index, byte* codes, byte* x, ref TVector s, ref TVector t)
    {
        TVector values = TLanes.Broadcast(x + (index * sizeof(int)));
        s = TLanes.Dot(s, QuantSteps<TKernel, TLanes, TVector>.Codes(codes, index), values);
        t = TLanes.Dot(t, QuantSteps<TKernel, TLanes, TVector>.Codes(codes + (TLanes.Count * sizeof(int)), index), values);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeighTwo(int steps, byte* panel, ref TVector s, ref TVector t, ref TVector i, ref TVector k)
    {
        Weigh(steps, panel, 0, ref s, ref i);
        Weigh(steps, panel, TLanes.Count, ref t, ref k);
    }
}
