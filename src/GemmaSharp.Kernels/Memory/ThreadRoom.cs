namespace GemmaSharp.Kernels.Memory;

/// <summary>A thread's memory for an item of work that is too large for its stack: it grows and is kept.</summary>
internal static unsafe class ThreadRoom
{
    [ThreadStatic]
    private static NativeBuffer? _buffer;

    /// <summary>At least <paramref name="count"/> floats, until the thread's next call.</summary>
    public static float* Floats(long count)
    {
        if (_buffer is null || _buffer.Length < count * sizeof(float))
        {
            _buffer?.Dispose();
            _buffer = null;
            _buffer = new NativeBuffer(count * sizeof(float));
        }

        return (float*)_buffer.Pointer;
    }
}
