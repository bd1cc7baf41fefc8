using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Asks for memory before it is read, where the processor can be asked.</summary>
internal static unsafe class Prefetch
{
    private const int CacheLine = 64;

    /// <summary>The lines of up to 576 bytes, a constant, so that no loop remains; the address need not be valid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(byte* at, int bytes)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        Sse.Prefetch0(at);
        Sse.Prefetch0(at + CacheLine);
        Line(at, 2, bytes);
        Line(at, 3, bytes);
        Line(at, 4, bytes);
        Line(at, 5, bytes);
        Line(at, 6, bytes);
        Line(at, 7, bytes);
        Line(at, 8, bytes);
    }

    /// <summary>So many bytes into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream(byte* at, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (int line = 0; line < bytes; line += CacheLine)
            {
                Sse.Prefetch1(at + line);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Line(byte* at, int line, int bytes)
    {
        if (line * CacheLine < bytes)
        {
            Sse.Prefetch0(at + (line * CacheLine));
        }
    }
}
