namespace GemmaSharp.Gateway.Forwarding;

/// <summary>Bytes that may be held for all requests together.</summary>
internal sealed class BufferRoom(long most)
{
    private long _taken;

    /// <summary>Bytes that are held.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Takes bytes until it is disposed; null where there is no room.</summary>
    public IDisposable? Take(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= most)
        {
            return new Part(this, bytes);
        }

        Interlocked.Add(ref _taken, -bytes);
        return null;
    }

    private sealed class Part(BufferRoom owner, long bytes) : IDisposable
    {
        public void Dispose() => Interlocked.Add(ref owner._taken, -bytes);
    }
}
