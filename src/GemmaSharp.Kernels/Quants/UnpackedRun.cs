using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Up to 256 columns of a panel laid out for many rows of values: for every 32 columns vectors of 16 lanes, which are the codes of each step
/// of four columns, the multiplier of each group of steps, the scale as floats, the minima as floats.
/// </summary>
internal static unsafe class UnpackedRun<TKernel, TLanes, TVector>
    where TKernel : struct, IQuantKernel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int VectorBytes = CodePlanes.VectorBytes;

    // A stream of weights runs at the memory's speed when lines are asked for some 6 KB ahead (flat from 4 to 8 KB).
    private const int Ahead = 6 * 1024;

    /// <summary>Where the scale lies.</summary>
    public static int ScaleAt
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => MultipliersAt + (QuantSteps<TKernel, TLanes, TVector>.HasMultipliers ? Groups * VectorBytes : 0);
    }

    /// <summary>Where the minima lie.</summary>
    public static int MinimaAt
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ScaleAt + VectorBytes;
    }

    /// <summary>Where the multipliers lie.</summary>
    public static int MultipliersAt
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => QuantSteps<TKernel, TLanes, TVector>.Count * VectorBytes;
    }

    /// <summary>Bytes of 32 columns.</summary>
    public static int BlockBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => MinimaAt + (TKernel.Minima * VectorBytes);
    }

    private static int Groups
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => QuantSteps<TKernel, TLanes, TVector>.Groups;
    }

    /// <summary>Unpacks <paramref name="count"/> times 32 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(byte* packed, int count, byte* into)
    {
        while (count > 0)
        {
            byte* header = packed;
            packed += TKernel.HeaderBytes;
            for (int sub = 0; sub < QuantLayout.SubBlocks<TKernel>(); sub++, count--, into += BlockBytes)
            {
                Prefetch.Read(packed + Ahead, QuantLayout.SubBytes<TKernel>());
                Unpack(header, packed, into);
                packed += QuantLayout.SubBytes<TKernel>();
            }
        }
    }

    /// <summary>Unpacks the 32 columns of a sub-block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* header, byte* packed, byte* into)
    {
        for (int lane = 0; lane < QuantLayout.PanelRows; lane += TLanes.Count)
        {
            Codes(packed + TKernel.ScaleBytes + (lane * sizeof(int)), into + (lane * sizeof(int)));
            Scales(header, packed, lane, into + (lane * sizeof(int)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Codes(byte* codes, byte* into)
    {
        Eight(codes, 0, into);
        if (QuantSteps<TKernel, TLanes, TVector>.Count == 16)
        {
            Eight(codes, 8, into);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(byte* codes, int first, byte* into)
    {
        Store(codes, first, into);
        Store(codes, first + 1, into);
        Store(codes, first + 2, into);
        Store(codes, first + 3, into);
        Store(codes, first + 4, into);
        Store(codes, first + 5, into);
        Store(codes, first + 6, into);
        Store(codes, first + 7, into);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(byte* codes, int step, byte* into) =>
        TLanes.Store(QuantSteps<TKernel, TLanes, TVector>.Codes(codes, step), into + (step * VectorBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scales(byte* header, byte* scales, int lane, byte* into)
    {
        if (QuantSteps<TKernel, TLanes, TVector>.HasMultipliers)
        {
            Multiplier(scales, lane, 0, into);
            Multiplier(scales, lane, 1, into);
            Multiplier(scales, lane, 2, into);
            Multiplier(scales, lane, 3, into);
        }

        TLanes.Store(TKernel.Scale<TLanes, TVector>(header, lane), into + ScaleAt);
        TVector minimum = TKernel.MinimumScale<TLanes, TVector>(header, lane);
        if (TKernel.Minima > 0)
        {
            TLanes.Store(TKernel.Minimum<TLanes, TVector>(minimum, scales, lane, 0), into + MinimaAt);
        }

        if (TKernel.Minima > 1)
        {
            TLanes.Store(TKernel.Minimum<TLanes, TVector>(minimum, scales, lane, 1), into + MinimaAt + VectorBytes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiplier(byte* scales, int lane, int group, byte* into)
    {
        if (group < Groups)
        {
            TLanes.Store(QuantSteps<TKernel, TLanes, TVector>.Multiplier(scales, lane, group), into + MultipliersAt + (group * VectorBytes));
        }
    }
}
