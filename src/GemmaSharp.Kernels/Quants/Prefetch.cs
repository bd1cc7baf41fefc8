using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Asks for memory before it is read, where the processor can be asked.</summary>
internal static unsafe class Prefetch
{
    private const int CacheLine = 64, Page = 4096;

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

    /// <summary>
    /// The first lines of the page behind the one in which <paramref name="at"/> lies, where that begins within <paramref name="bytes"/> before it.
    /// A processor's own prefetching stops at the end of a page of 4 KB, large pages or not, and starts again with the first lines asked for.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PageBehind(byte* at, int bytes)
    {
        nint place = (nint)at & (Page - 1);
        if (Sse.IsSupported && place < bytes)
        {
            Sse.Prefetch0(at - place + Page);
            Sse.Prefetch0(at - place + Page + CacheLine);
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
