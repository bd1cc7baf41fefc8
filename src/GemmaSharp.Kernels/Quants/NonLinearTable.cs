using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>The table of IQ4_NL and IQ4_XS plus 128, split into halves of 4 bits, so that sums of products fit 16 bits.</summary>
internal static unsafe class NonLinearTable
{
    /// <summary>Makes every value of the table positive.</summary>
    public const int Center = 128;

    private static ReadOnlySpan<byte> Low => [1, 8, 13, 15, 15, 13, 10, 6, 1, 13, 9, 6, 5, 5, 9, 1];

    private static ReadOnlySpan<byte> High => [0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 13, 15];

    /// <summary>What a code stands for.</summary>
    public static int Value(int code) => (High[code] * 16) + Low[code] - Center;

    /// <summary>The low halves for indices 0..7, the high ones for 8..15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ReadOnlySpan<byte> table = index < 8 ? Low : High;
        return TLanes.Lookup((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(table)), CodePlanes.Nibble<TLanes, TVector>(codes, index % 8));
    }
}
