using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Q4_K: weight = d scale code - dmin minimum, scale and minimum of 32 columns as bytes.</summary>
internal readonly unsafe struct Q4_KKernel : IQuantKernel
{
    private const int AtPairs = 4;

    public static int Columns => 256;

    public static int FileBytes => 144;

    public static int HalfCount => 2;

    public static int HeaderBytes => 64;

    public static int ScaleBytes => 32;

    public static int CodeBits => 4;

    public static int GroupLength => 8;

    public static int Multipliers => 1;

    public static int Minima => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => FileRows.Nibble<TLanes, TVector>(FileRows.At(block, 16 + (subBlock / 2 * 32)), index, subBlock % 2 * 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PackScales(byte* block, int subBlock, byte* header, byte* scales) => FileRows.PackPairs(FileRows.At(block, AtPairs), subBlock, scales);

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift) * scales[row],
        -(HalfScale.Read(((ushort*)header)[16 + row], shift) * scales[16 + row]));

    public static int Value(int code) => code;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => CodePlanes.Nibble<TLanes, TVector>(codes, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Multiplier<TLanes, TVector>(byte* scales, int lane, int group)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Twice(TLanes.LoadBytes(scales + lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MinimumScale<TLanes, TVector>(byte* header, int lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(TLanes.LoadHalves(header + 32 + (lane * sizeof(ushort))), TLanes.Fill(BitConverter.SingleToInt32Bits(-1f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum<TLanes, TVector>(TVector scale, byte* scales, int lane, int half)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(scale, TLanes.ToFloat(TLanes.LoadBytes(scales + 16 + lane)));
}
