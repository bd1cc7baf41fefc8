using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quants;

/// <summary>IQ4_XS: weight = d scale T[code], a signed scale for 32 columns; the 128 that makes the table positive comes off as a minimum.</summary>
internal readonly unsafe struct IQ4_XSKernel : IQuantKernel
{
    public static int Columns => 256;

    public static int FileBytes => 136;

    public static int HalfCount => 1;

    public static int HeaderBytes => 32;

    public static int ScaleBytes => 16;

    public static int CodeBits => 4;

    public static int Planes => 2;

    public static int GroupLength => 8;

    public static int Multipliers => 1;

    public static int Minima => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => CodePlanes.Nibble<TLanes, TVector>(FileRows.At(block, 8 + (subBlock * 16)), index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PackScales(byte* block, int subBlock, byte* header, byte* scales)
    {
        Vector128<byte> low = (FileRows.Bytes(block, 4 + (subBlock / 2)) >> (subBlock % 2 * 4)) & Vector128.Create((byte)15);
        Vector128<byte> high = (FileRows.Bytes(block, 2 + (subBlock / 4)) >> (subBlock % 4 * 2)) & Vector128.Create((byte)3);
        ((low | (high << 4)) - Vector128.Create((byte)32)).Store(scales);
    }

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (HalfScale.Read(((ushort*)header)[row], shift) * ((sbyte*)scales)[row], 0f);

    public static int Value(int code) => NonLinearTable.Value(code);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => NonLinearTable.Codes<TLanes, TVector>(codes, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Multiplier<TLanes, TVector>(byte* scales, int lane, int group)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector scale = TLanes.Twice(TLanes.LoadSignedBytes(scales + lane));
        return group == 0 ? scale : TLanes.ShiftLeft(scale, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector MinimumScale<TLanes, TVector>(byte* header, int lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(TLanes.LoadHalves(header + (lane * sizeof(ushort))), TLanes.Fill(BitConverter.SingleToInt32Bits(-NonLinearTable.Center)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum<TLanes, TVector>(TVector scale, byte* scales, int lane, int half)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Multiply(scale, TLanes.ToFloat(TLanes.LoadSignedBytes(scales + lane)));
}
