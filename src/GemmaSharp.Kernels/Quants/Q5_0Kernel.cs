using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Q5_0: weight = d (code - 16).</summary>
internal readonly unsafe struct Q5_0Kernel : IQuantKernel
{
    private const int Center = 16;

    public static int Columns => 32;

    public static int FileBytes => 22;

    public static int FirstWord => 2;

    public static int HalfCount => 1;

    public static int HeaderBytes => 32;

    public static int CodeBits => 5;

    public static int GroupLength => 4;

    public static int Offset => Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prepare(byte* block) => FileRows.RegroupBits(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Or(
            CodePlanes.Nibble<TLanes, TVector>(FileRows.At(block, 4), index),
            CodePlanes.Bit<TLanes, TVector>(block, index, 4));

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift), 0f);

    public static int Value(int code) => code - Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Or(
            CodePlanes.Nibble<TLanes, TVector>(codes, index),
            CodePlanes.Bit<TLanes, TVector>(codes + CodePlanes.Bytes(4), index, 4));
}
