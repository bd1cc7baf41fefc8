using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Blocks;

/// <summary>16-bit values zero-extended to 32 bits, one instruction where there is one.</summary>
internal static unsafe class WideLoad
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Eight(ushort* from)
    {
        Vector128<ushort> halves = Vector128.Load(from);
        return Avx2.IsSupported ? Avx2.ConvertToVector256Int32(halves).AsUInt32() : Vector256.Create(Vector128.WidenLower(halves), Vector128.WidenUpper(halves));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Sixteen(ushort* from)
    {
        Vector256<ushort> halves = Vector256.Load(from);
        return Avx512F.IsSupported ? Avx512F.ConvertToVector512UInt32(halves) : Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves));
    }
}
