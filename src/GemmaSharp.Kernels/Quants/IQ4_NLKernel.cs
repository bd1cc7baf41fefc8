using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>IQ4_NL: weight = d T[code], a value of the table plus 128 being computed as 16 high + low.</summary>
internal readonly unsafe struct IQ4_NLKernel : IQuantKernel
{
    public static int Columns => 32;

    public static int FileBytes => 18;

    public static int FirstWord => 2;

    public static int HalfCount => 1;

    public static int HeaderBytes => 32;

    public static int CodeBits => 4;

    public static int Planes => 2;

    public static int GroupLength => 8;

    public static int Offset => NonLinearTable.Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => CodePlanes.Nibble<TLanes, TVector>(block, index);

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift), 0f);

    public static int Value(int code) => NonLinearTable.Value(code);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => NonLinearTable.Codes<TLanes, TVector>(codes, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Multiplier<TLanes, TVector>(byte* scales, int lane, int group)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Twice(TLanes.Fill(group == 0 ? 1 : 16));
}
