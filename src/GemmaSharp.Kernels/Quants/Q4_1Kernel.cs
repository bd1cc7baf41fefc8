using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Q4_1: weight = d code + m.</summary>
internal readonly unsafe struct Q4_1Kernel : IQuantKernel
{
    public static int Columns => 32;

    public static int FileBytes => 20;

    public static int FirstWord => 4;

    public static int HalfCount => 2;

    public static int HeaderBytes => 64;

    public static int CodeBits => 4;

    public static int GroupLength => 8;

    public static int Minima => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => CodePlanes.Nibble<TLanes, TVector>(block, index);

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift), HalfScale.Read(((ushort*)header)[16 + row], shift));

    public static int Value(int code) => code;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => CodePlanes.Nibble<TLanes, TVector>(codes, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MinimumScale<TLanes, TVector>(byte* header, int lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.LoadHalves(header + 32 + (lane * sizeof(ushort)));
}
