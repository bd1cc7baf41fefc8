using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Q3_K: weight = d scale (code - 4), a signed scale for 16 columns; the 4 comes off as minima.</summary>
internal readonly unsafe struct Q3_KKernel : IQuantKernel
{
    private const int Center = 4;
    private const int AtScales = 96;

    public static int Columns => 256;

    public static int FileBytes => 110;

    public static int HalfStart => 108;

    public static int HalfCount => 1;

    public static int HeaderBytes => 32;

    public static int ScaleBytes => 32;

    public static int CodeBits => 3;

    public static int GroupLength => 4;

    public static int Multipliers => 2;

    public static int Minima => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Or(
            FileRows.Pair<TLanes, TVector>(FileRows.At(block, 32 + (subBlock / 4 * 32)), index, subBlock % 4 * 2, 0),
            FileRows.Bit<TLanes, TVector>(block, index, subBlock, 2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PackScales(byte* block, int subBlock, byte* header, byte* scales)
    {
        SubScale(block, subBlock * 2).Store(scales);
        SubScale(block, (subBlock * 2) + 1).Store(scales + 16);
    }

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift) * ((sbyte*)scales)[(half * 16) + row], 0f);

    public static int Value(int code) => code - Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Or(
            CodePlanes.Pair<TLanes, TVector>(codes, index, 0),
            CodePlanes.Bit<TLanes, TVector>(codes + CodePlanes.Bytes(2), index, 2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Multiplier<TLanes, TVector>(byte* scales, int lane, int group)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Twice(TLanes.LoadSignedBytes(scales + (group * 16) + lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MinimumScale<TLanes, TVector>(byte* header, int lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(TLanes.LoadHalves(header + (lane * sizeof(ushort))), TLanes.Fill(BitConverter.SingleToInt32Bits(-Center)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum<TLanes, TVector>(TVector scale, byte* scales, int lane, int half)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(scale, TLanes.ToFloat(TLanes.LoadSignedBytes(scales + (half * 16) + lane)));

    // Four low bits in bytes 0..7, two high bits in bytes 8..11; 32 stands for zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> SubScale(byte* block, int k)
    {
        Vector128<byte> low = (FileRows.Bytes(block, AtScales + (k % 8)) >> (k / 8 * 4)) & Vector128.Create((byte)15);
        Vector128<byte> high = (FileRows.Bytes(block, AtScales + 8 + (k % 4)) >> (k / 4 * 2)) & Vector128.Create((byte)3);
        return (low | (high << 4)) - Vector128.Create((byte)32);
    }
}
