namespace GemmaSharp.Kernels.Memory;

/// <summary>A thread's memory for an item of work that is too large for its stack: it grows and is kept.</summary>
internal static unsafe class ThreadRoom
{
    [ThreadStatic]
    private static NativeBuffer? _buffer;

    /// <summary>At least <paramref name="count"/> floats, until the thread's next call.</summary>
    public static float* Floats(long count) => (float*)Grow(ref _buffer, count * sizeof(float));

    /// <summary>A buffer of at least <paramref name="length"/> bytes in a thread's field.</summary>
    public static byte* Grow(ref NativeBuffer? buffer, long length)
    {
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = null;
            buffer = new NativeBuffer(length);
        }

        return buffer.Pointer;
    }
}
