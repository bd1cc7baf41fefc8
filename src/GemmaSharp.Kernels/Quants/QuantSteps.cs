using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>How 32 columns of a kernel are computed with lanes: in steps of four columns, in groups of steps that share a multiplier.</summary>
internal static unsafe class QuantSteps<TKernel, TLanes, TVector>
    where TKernel : struct, IQuantKernel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Steps of a plane.</summary>
    public const int PlaneSteps = 8;

    /// <summary>Steps of 32 columns; two planes are one where the lanes take whole bytes.</summary>
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TLanes.TakesBytes ? PlaneSteps : PlaneSteps * TKernel.Planes;
    }

    /// <summary>Steps that share a multiplier.</summary>
    public static int GroupLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TLanes.TakesBytes ? PlaneSteps / int.Max(TKernel.Multipliers, 1) : TKernel.GroupLength;
    }

    /// <summary>Groups of steps.</summary>
    public static int Groups
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Count / GroupLength;
    }

    /// <summary>Whether groups have multipliers.</summary>
    public static bool HasMultipliers
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => !TLanes.TakesBytes || TKernel.Multipliers > 0;
    }

    /// <summary>The codes of a step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes(byte* codes, int step)
    {
        if (TLanes.TakesBytes && TKernel.CodeBits == 8)
        {
            return TLanes.Load(codes + (step * CodePlanes.VectorBytes));
        }

        TVector code = TKernel.Codes<TLanes, TVector>(codes, step);
        return TLanes.TakesBytes && TKernel.Planes == 2
            ? TLanes.Or(code, TLanes.ShiftLeft(TKernel.Codes<TLanes, TVector>(codes, step + PlaneSteps), 4))
            : code;
    }

    /// <summary>The multiplier of a group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Multiplier(byte* scales, int lane, int group) =>
        TKernel.Multiplier<TLanes, TVector>(scales, lane, group * GroupLength / TKernel.GroupLength);
}
