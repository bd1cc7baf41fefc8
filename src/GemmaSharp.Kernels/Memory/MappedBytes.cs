using System.Runtime.InteropServices;

namespace GemmaSharp.Kernels.Memory;

/// <summary>
/// Bytes of a file where they lie in a read-only mapping, which stays mapped until this is disposed. Whoever lends them says when they may be touched: those
/// of a page that the file has lost meanwhile end the process.
/// </summary>
public sealed unsafe class MappedBytes : IDisposable
{
    private SafeBuffer? _view;

    /// <summary>Takes hold of a part of a mapping.</summary>
    /// <param name="view">The mapping, from the beginning of a file on.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="length">How many.</param>
    public MappedBytes(SafeBuffer view, long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)offset + (ulong)length, view.ByteLength, nameof(length));
        byte* start = null;
        view.AcquirePointer(ref start);
        _view = view;
        Pointer = start + offset;
        Length = length;
    }

    /// <summary>Lets go of bytes that nobody disposed.</summary>
    ~MappedBytes() => Release();

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    internal byte* Pointer { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes the pages out of this process's memory, where the system can; they are the file's, and touching them brings them back.</summary>
    public void Drop()
    {
        long page = Environment.SystemPageSize, first = ((nint)Pointer + page - 1) / page * page, end = ((nint)Pointer + Length) / page * page;
        if (LinuxPages.IsSupported && end > first)
        {
            LinuxPages.Drop((byte*)first, end - first);
        }
    }

    /// <summary>Has the system fetch a part of the file that is about to be read, larger pieces than it would by itself.</summary>
    internal void Announce(long offset, long count)
    {
        if (LinuxPages.IsSupported)
        {
            LinuxPages.Announce(Pointer + offset, long.Min(count, Length - offset));
        }
    }

    private void Release()
    {
        _view?.ReleasePointer();
        _view = null;
    }
}
