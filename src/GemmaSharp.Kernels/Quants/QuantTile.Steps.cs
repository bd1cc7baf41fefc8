using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <content>What is done for four columns, for a group of them, and for the 32 of a block.</content>
internal static unsafe partial class QuantTile<TKernel, TLanes, TVector>
{
    private static int Steps
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => QuantSteps<TKernel, TLanes, TVector>.Count;
    }

    private static int GroupLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => QuantSteps<TKernel, TLanes, TVector>.GroupLength;
    }

    private static int Block
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => UnpackedRun<TKernel, TLanes, TVector>.BlockBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(byte* codes, byte* x, int step, ref Quad s) => Dot(TLanes.Load(codes + (step * VectorBytes)), x + (step * sizeof(int)), ref s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(byte* codes, byte* x, byte* y, int step, ref Quad s, ref Quad t)
    {
        TVector w = TLanes.Load(codes + (step * VectorBytes));
        Dot(w, x + (step * sizeof(int)), ref s);
        Dot(w, y + (step * sizeof(int)), ref t);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dot(TVector w, byte* value, ref Quad s)
    {
        s.A = TLanes.Dot(s.A, w, TLanes.Broadcast(value));
        s.B = TLanes.Dot(s.B, w, TLanes.Broadcast(value + Values));
        s.C = TLanes.Dot(s.C, w, TLanes.Broadcast(value + (2 * Values)));
        s.D = TLanes.Dot(s.D, w, TLanes.Broadcast(value + (3 * Values)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StepTwo(byte* codes, byte* x, int step, ref Quad s, ref Quad t)
    {
        codes += step * VectorBytes;
        x += step * sizeof(int);
        TVector lower = TLanes.Load(codes), upper = TLanes.Load(codes + (TLanes.Count * sizeof(int)));
        TVector value = TLanes.Broadcast(x);
        s.A = TLanes.Dot(s.A, lower, value);
        t.A = TLanes.Dot(t.A, upper, value);
        value = TLanes.Broadcast(x + Values);
        s.B = TLanes.Dot(s.B, lower, value);
        t.B = TLanes.Dot(t.B, upper, value);
        value = TLanes.Broadcast(x + (2 * Values));
        s.C = TLanes.Dot(s.C, lower, value);
        t.C = TLanes.Dot(t.C, upper, value);
        value = TLanes.Broadcast(x + (3 * Values));
        s.D = TLanes.Dot(s.D, lower, value);
        t.D = TLanes.Dot(t.D, upper, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weigh(byte* panel, int first, int steps, ref Quad s, ref Quad t, ref Quad i, ref Quad k)
    {
        Weigh(panel, first, steps, ref s, ref i);
        Weigh(panel, first, steps, ref t, ref k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeighTwo(byte* panel, int first, int steps, ref Quad s, ref Quad t, ref Quad i, ref Quad k)
    {
        Weigh(panel, first, steps, ref s, ref i);
        Weigh(panel + (TLanes.Count * sizeof(int)), first, steps, ref t, ref k);
    }

    // After a group of steps, of the eight from the first on, its sums go into the integers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weigh(byte* panel, int first, int steps, ref Quad s, ref Quad i)
    {
        if (steps % GroupLength != 0)
        {
            return;
        }

        if (QuantSteps<TKernel, TLanes, TVector>.HasMultipliers)
        {
            TVector multiplier = TLanes.Load(panel + UnpackedRun<TKernel, TLanes, TVector>.MultipliersAt + ((((first + steps) / GroupLength) - 1) * VectorBytes));
            s.A = TLanes.Weigh(s.A, multiplier);
            s.B = TLanes.Weigh(s.B, multiplier);
            s.C = TLanes.Weigh(s.C, multiplier);
            s.D = TLanes.Weigh(s.D, multiplier);
        }

        i.A = TLanes.Add(i.A, s.A);
        i.B = TLanes.Add(i.B, s.B);
        i.C = TLanes.Add(i.C, s.C);
        i.D = TLanes.Add(i.D, s.D);
        s = default;
    }

    // words [.., width] of four rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(byte* panel, byte* words, int width, Quad i, ref Quad sum)
    {
        TVector scale = TLanes.Load(panel + UnpackedRun<TKernel, TLanes, TVector>.ScaleAt), low = default, high = default;
        if (TKernel.Minima > 0)
        {
            low = TLanes.Load(panel + UnpackedRun<TKernel, TLanes, TVector>.MinimaAt);
        }

        if (TKernel.Minima > 1)
        {
            high = TLanes.Load(panel + UnpackedRun<TKernel, TLanes, TVector>.MinimaAt + VectorBytes);
        }

        Center(words, width, ref i);
        sum.A = QuantFinish<TKernel, TLanes, TVector>.Add(i.A, scale, low, high, words, width, sum.A);
        sum.B = QuantFinish<TKernel, TLanes, TVector>.Add(i.B, scale, low, high, words + sizeof(float), width, sum.B);
        sum.C = QuantFinish<TKernel, TLanes, TVector>.Add(i.C, scale, low, high, words + (2 * sizeof(float)), width, sum.C);
        sum.D = QuantFinish<TKernel, TLanes, TVector>.Add(i.D, scale, low, high, words + (3 * sizeof(float)), width, sum.D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Center(byte* words, int width, ref Quad i)
    {
        i.A = QuantFinish<TKernel, TLanes, TVector>.Center(i.A, words, width);
        i.B = QuantFinish<TKernel, TLanes, TVector>.Center(i.B, words + sizeof(float), width);
        i.C = QuantFinish<TKernel, TLanes, TVector>.Center(i.C, words + (2 * sizeof(float)), width);
        i.D = QuantFinish<TKernel, TLanes, TVector>.Center(i.D, words + (3 * sizeof(float)), width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Quad Load(float* sums) => new()
    {
        A = TLanes.Load(sums),
        B = TLanes.Load(sums + PanelRows),
        C = TLanes.Load(sums + (2 * PanelRows)),
        D = TLanes.Load(sums + (3 * PanelRows)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Quad values, float* sums)
    {
        TLanes.Store(values.A, sums);
        TLanes.Store(values.B, sums + PanelRows);
        TLanes.Store(values.C, sums + (2 * PanelRows));
        TLanes.Store(values.D, sums + (3 * PanelRows));
    }

    /// <summary>One vector for each of four rows; the compiler keeps a structure of four in registers, not one of eight.</summary>
    private struct Quad
    {
        public TVector A;
        public TVector B;
        public TVector C;
        public TVector D;
    }
}
