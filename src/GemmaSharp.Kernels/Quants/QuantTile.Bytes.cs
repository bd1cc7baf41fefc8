using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quants;

/// <content>Dot products of bytes by 256-bit vectors, which is all that .NET offers, finished by 512-bit ones.</content>
internal static unsafe partial class QuantTile<TKernel, TLanes, TVector>
{
    // All 16 rows as two vectors, four rows of values; the sums stay in the registers that the dot products cannot use.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Bytes(byte* panel, int blocks, byte* x, int width, int row, float* sums)
    {
        byte* words = x + (width * Values) + (row * sizeof(float));
        x += row * Values;
        Vector512<byte> a = Lanes512.Load(sums), b = Lanes512.Load(sums + PanelRows);
        Vector512<byte> c = Lanes512.Load(sums + (2 * PanelRows)), d = Lanes512.Load(sums + (3 * PanelRows));
        for (; blocks > 0; blocks--, panel += Block, x += width * QuantizedRows.BlockBytes, words += width * QuantizedRows.BlockBytes)
        {
            // Without multipliers the offset can come first.
            Quad s = default, i = default, k = default;
            if (!QuantSteps<TKernel, TLanes, TVector>.HasMultipliers)
            {
                Center(words, width, ref s);
            }

            Quad t = s;
            StepTwo(panel, x, 0, ref s, ref t);
            StepTwo(panel, x, 1, ref s, ref t);
            StepTwo(panel, x, 2, ref s, ref t);
            StepTwo(panel, x, 3, ref s, ref t);
            StepTwo(panel, x, 4, ref s, ref t);
            StepTwo(panel, x, 5, ref s, ref t);
            StepTwo(panel, x, 6, ref s, ref t);
            StepTwo(panel, x, 7, ref s, ref t);
            WeighTwo(panel, 0, 8, ref s, ref t, ref i, ref k);
            a = Finish(panel, words, width, Join(i.A, k.A), a);
            b = Finish(panel, words + sizeof(float), width, Join(i.B, k.B), b);
            c = Finish(panel, words + (2 * sizeof(float)), width, Join(i.C, k.C), c);
            d = Finish(panel, words + (3 * sizeof(float)), width, Join(i.D, k.D), d);
        }

        Lanes512.Store(a, sums);
        Lanes512.Store(b, sums + PanelRows);
        Lanes512.Store(c, sums + (2 * PanelRows));
        Lanes512.Store(d, sums + (3 * PanelRows));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Join(TVector lower, TVector upper) =>
        Vector512.Create(Unsafe.BitCast<TVector, Vector256<byte>>(lower), Unsafe.BitCast<TVector, Vector256<byte>>(upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Finish(byte* panel, byte* words, int width, Vector512<byte> i, Vector512<byte> sum)
    {
        Vector512<byte> low = TKernel.Minima > 0 ? Lanes512.Load(panel + UnpackedRun<TKernel, TLanes, TVector>.MinimaAt) : default;
        Vector512<byte> high = TKernel.Minima > 1 ? Lanes512.Load(panel + UnpackedRun<TKernel, TLanes, TVector>.MinimaAt + VectorBytes) : default;
        Vector512<byte> scale = Lanes512.Load(panel + UnpackedRun<TKernel, TLanes, TVector>.ScaleAt);
        return QuantFinish<TKernel, Lanes512, Vector512<byte>>.Add(i, scale, low, high, words, width, sum);
    }
}
