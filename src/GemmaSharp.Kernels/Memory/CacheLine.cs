using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Memory;

/// <summary>
/// Scratch on the stack that begins with a cache line. Where a stack begins is chance; vectors of 512 bits that lie across two lines
/// made unpacking a tenth slower.
/// </summary>
internal static unsafe class CacheLine
{
    /// <summary>Bytes of a line, and what to allocate more than is needed.</summary>
    public const int Bytes = 64;

    /// <summary>The first line that begins at or behind <paramref name="at"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* AtOrBehind(void* at) => (byte*)(((nuint)at + Bytes - 1) & ~(nuint)(Bytes - 1));
}
