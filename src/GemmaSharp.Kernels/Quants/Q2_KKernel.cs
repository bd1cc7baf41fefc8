using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Q2_K: weight = d scale code - dmin minimum, scale and minimum of 16 columns as halves of a byte.</summary>
internal readonly unsafe struct Q2_KKernel : IQuantKernel
{
    public static int Columns => 256;

    public static int FileBytes => 84;

    public static int HalfStart => 80;

    public static int HalfCount => 2;

    public static int HeaderBytes => 64;

    public static int ScaleBytes => 32;

    public static int CodeBits => 2;

    public static int GroupLength => 4;

    public static int Multipliers => 2;

    public static int Minima => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => FileRows.Pair<TLanes, TVector>(FileRows.At(block, 16 + (subBlock / 4 * 32)), index, subBlock % 4 * 2, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PackScales(byte* block, int subBlock, byte* header, byte* scales)
    {
        FileRows.Bytes(block, subBlock * 2).Store(scales);
        FileRows.Bytes(block, (subBlock * 2) + 1).Store(scales + 16);
    }

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift) * (scales[(half * 16) + row] & 15),
        -(HalfScale.Read(((ushort*)header)[16 + row], shift) * (scales[(half * 16) + row] >> 4)));

    public static int Value(int code) => code;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => CodePlanes.Pair<TLanes, TVector>(codes, index, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Multiplier<TLanes, TVector>(byte* scales, int lane, int group)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Twice(TLanes.And(TLanes.LoadBytes(scales + (group * 16) + lane), 15));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MinimumScale<TLanes, TVector>(byte* header, int lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(TLanes.LoadHalves(header + 32 + (lane * sizeof(ushort))), TLanes.Fill(BitConverter.SingleToInt32Bits(-1f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum<TLanes, TVector>(TVector scale, byte* scales, int lane, int half)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(scale, TLanes.ToFloat(TLanes.ShiftRight(TLanes.LoadBytes(scales + (half * 16) + lane), 4)));
}
