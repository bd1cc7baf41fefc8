using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// Q8_0: weight = d (code - 128), the code being the stored byte with its sign bit flipped; computed as 16 high + low, which no value saturates.
/// </summary>
internal readonly unsafe struct Q8_0Kernel : IQuantKernel
{
    private const int Center = 128;

    public static int Columns => 32;

    public static int FileBytes => 34;

    public static int FirstWord => 2;

    public static int HalfCount => 1;

    public static int HeaderBytes => 32;

    public static int CodeBits => 8;

    public static int Planes => 2;

    public static int GroupLength => 8;

    public static int Offset => Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Xor(TLanes.Load(block + (index * CodePlanes.VectorBytes)), 0x80);

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift), 0f);

    public static int Value(int code) => code - Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => index < 8
            ? TLanes.And(TLanes.Load(codes + (index * CodePlanes.VectorBytes)), 0x0F)
            : TLanes.And(TLanes.ShiftRight(TLanes.Load(codes + ((index - 8) * CodePlanes.VectorBytes)), 4), 0x0F);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Multiplier<TLanes, TVector>(byte* scales, int lane, int group)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Fill(group == 0 ? 0x00010001 : 0x00100010);
}
