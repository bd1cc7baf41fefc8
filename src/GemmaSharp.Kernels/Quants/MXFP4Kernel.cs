using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GemmaSharp.Kernels.Blocks.Formats;

namespace GemmaSharp.Kernels.Quants;

/// <summary>MXFP4: weight = 2^(e - 128) U[code]; the powers are kept as the upper halves of their floats, the table plus 16.</summary>
internal readonly unsafe struct MXFP4Kernel : IQuantKernel
{
    private const int Center = 16;

    // U is twice the value of an E2M1 float: 0 1 2 3 4 6 8 12 and their negatives.
    private static ReadOnlySpan<byte> Table => [16, 17, 18, 19, 20, 22, 24, 28, 16, 15, 14, 13, 12, 10, 8, 4];

    public static int Columns => 32;

    public static int FileBytes => 17;

    // The exponent becomes the last byte of a word, the codes whole words behind it.
    public static int FirstWord => -3;

    public static int HalfCount => 0;

    public static int HeaderBytes => 32;

    public static int CodeBits => 4;

    public static int GroupLength => 4;

    public static int Offset => Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => CodePlanes.Nibble<TLanes, TVector>(FileRows.At(block, 4), index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PackScales(byte* block, int subBlock, byte* header, byte* scales)
    {
        for (int row = 0; row < QuantLayout.PanelRows; row++)
        {
            ((ushort*)header)[row] = (ushort)(BitConverter.SingleToUInt32Bits(MXFP4.Power(block[(row * sizeof(uint)) - FirstWord])) >> 16);
        }
    }

    public static (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift) =>
        (BitConverter.UInt32BitsToSingle((uint)((ushort*)header)[row] << 16), 0f);

    public static int Value(int code) => Table[code] - Center;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Lookup((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Table)), CodePlanes.Nibble<TLanes, TVector>(codes, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Scale<TLanes, TVector>(byte* header, int lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.LoadUpperHalves(header + (lane * sizeof(ushort)));
}
