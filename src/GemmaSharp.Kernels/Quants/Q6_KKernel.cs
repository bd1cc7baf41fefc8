using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Q6_K: weight = d scale (code - 32), a signed scale for 16 columns; the 32 comes off as minima.</summary>
internal readonly unsafe struct Q6_KKernel : IQuantKernel
{
    private const int Center = 32;

    public static int Columns => 256;

    public static int FileBytes => 210;

    public static int HalfStart => 208;

    public static int HalfCount => 1;

    public static int HeaderBytes => 32;

    public static int ScaleBytes => 32;

    public static int CodeBits => 6;

    public static int GroupLength => 2;

    public static int Multipliers => 2;

    public static int Minima => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Or(
            FileRows.Nibble<TLanes, TVector>(FileRows.At(block, (subBlock / 4 * 64) + (subBlock % 2 * 32)), index, subBlock % 4 / 2 * 4),
            FileRows.Pair<TLanes, TVector>(FileRows.At(block, 128 + (subBlock / 4 * 32)), index, subBlock % 4 * 2, 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PackScales(byte* block, int subBlock, byte* header, byte* scales)
    {
        FileRows.Bytes(block, 192 + (subBlock * 2)).Store(scales);
        FileRows.Bytes(block, 193 + (subBlock * 2)).Store(scales + 16);
    }

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift) * ((sbyte*)scales)[(half * 16) + row], 0f);

    public static int Value(int code) => code - Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Or(
            CodePlanes.Nibble<TLanes, TVector>(codes, index),
            CodePlanes.Pair<TLanes, TVector>(codes + CodePlanes.Bytes(4), index, 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Multiplier<TLanes, TVector>(byte* scales, int lane, int group)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Twice(TLanes.LoadSignedBytes(scales + (group / 2 * 16) + lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MinimumScale<TLanes, TVector>(byte* header, int lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(TLanes.LoadHalves(header + (lane * sizeof(ushort))), TLanes.Fill(BitConverter.SingleToInt32Bits(-Center)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum<TLanes, TVector>(TVector scale, byte* scales, int lane, int half)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(scale, TLanes.ToFloat(TLanes.LoadSignedBytes(scales + (half * 16) + lane)));
}
