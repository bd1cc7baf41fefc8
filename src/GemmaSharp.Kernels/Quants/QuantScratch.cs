using GemmaSharp.Kernels.Memory;

namespace GemmaSharp.Kernels.Quants;

/// <summary>A thread's memory for products: it grows and is kept, so that products allocate nothing.</summary>
internal static unsafe class QuantScratch
{
    [ThreadStatic]
    private static NativeBuffer? _codes;

    [ThreadStatic]
    private static NativeBuffer? _sums;

    /// <summary>At least <paramref name="length"/> bytes for quantised rows, until the thread's next call.</summary>
    public static byte* Codes(long length) => ThreadRoom.Grow(ref _codes, length);

    /// <summary>At least <paramref name="length"/> bytes for sums, until the thread's next call.</summary>
    public static byte* Sums(long length) => ThreadRoom.Grow(ref _sums, length);
}
