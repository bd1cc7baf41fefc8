using GemmaSharp.Kernels.Memory;

namespace GemmaSharp.Kernels.Quants;

/// <summary>A thread's memory for the quantised rows of the product it runs: it grows and is kept, so that products allocate nothing.</summary>
internal static unsafe class QuantScratch
{
    [ThreadStatic]
    private static NativeBuffer? _buffer;

    /// <summary>At least <paramref name="length"/> bytes, until the thread's next call.</summary>
    public static byte* Take(long length)
    {
        if (_buffer is null || _buffer.Length < length)
        {
            _buffer?.Dispose();
            _buffer = null;
            _buffer = new NativeBuffer(length);
        }

        return _buffer.Pointer;
    }
}
