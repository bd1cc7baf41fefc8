using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Asks for memory before it is read, where the processor can be asked.</summary>
internal static unsafe class Prefetch
{
    private const int CacheLine = 64;

    /// <summary>The lines of so many bytes, a constant; the address need not be valid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* at, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (int line = 0; line < bytes; line += CacheLine)
            {
                Sse.Prefetch0(at + line);
            }
        }
    }
}
