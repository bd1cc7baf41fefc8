using System.IO.MemoryMappedFiles;
using GemmaSharp.Kernels.Memory;
using Microsoft.Win32.SafeHandles;

namespace GemmaSharp.Weights;

/// <summary>
/// A read-only mapping of an open file. Before every copy, and every pass of products that read its bytes in place, the file's length is asked for
/// again, because a page that a shortened file no longer has ends the process when it is touched. What remains is a file shortened between
/// question and use: only a system call can read memory without that danger, and one that does costs as much as reading by handle. Windows
/// refuses to shorten a mapped file. Safe from several threads.
/// </summary>
internal sealed class MappedFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;

    /// <summary>Maps the whole file; the handle stays its owner's and must outlive the mapping.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public MappedFile(SafeFileHandle handle)
    {
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
        _mapping = MemoryMappedFile.CreateFromFile(handle, mapName: null, capacity: Length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            _view = _mapping.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _mapping.Dispose();
            throw;
        }
    }

    /// <summary>Bytes that are mapped.</summary>
    public long Length { get; }

    /// <summary>Whether the file still has all that was mapped.</summary>
    public bool IsWhole => RandomAccess.GetLength(_handle) >= Length;

    /// <summary>Bytes where they lie; they stay mapped until they are disposed, whatever becomes of this.</summary>
    public MappedBytes Lend(long offset, long length) => new(_view.SafeMemoryMappedViewHandle, offset, length);

    /// <summary>Copies bytes; false where the file is shorter than when it was mapped.</summary>
    public bool TryRead(long offset, Span<byte> into)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(into.Length, Length - offset, nameof(into));
        if (!IsWhole)
        {
            return false;
        }

        _view.SafeMemoryMappedViewHandle.ReadSpan(checked((ulong)offset), into);
        return true;
    }

    public void Dispose()
    {
        _view.Dispose();
        _mapping.Dispose();
    }
}
