using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Q4_0: weight = d (code - 8).</summary>
internal readonly unsafe struct Q4_0Kernel : IQuantKernel
{
    private const int Center = 8;

    public static int Columns => 32;

    public static int FileBytes => 18;

    public static int FirstWord => 2;

    public static int HalfCount => 1;

    public static int HeaderBytes => 32;

    public static int CodeBits => 4;

    public static int GroupLength => 8;

    public static int Offset => Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => CodePlanes.Nibble<TLanes, TVector>(block, index);

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift), 0f);

    public static int Value(int code) => code - Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => CodePlanes.Nibble<TLanes, TVector>(codes, index);
}
