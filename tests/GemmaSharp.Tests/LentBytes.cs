using System.IO.MemoryMappedFiles;
using GemmaSharp.Kernels.Memory;

namespace GemmaSharp.Tests;

/// <summary>Bytes at the very end of a mapping, so that a read beyond them is none of the mapping's.</summary>
internal sealed class LentBytes : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public LentBytes(byte[] bytes)
    {
        int page = Environment.SystemPageSize, capacity = (bytes.Length + page - 1) / page * page;
        _file = MemoryMappedFile.CreateNew(null, capacity);
        _view = _file.CreateViewAccessor(0, capacity);
        _view.WriteArray(capacity - bytes.Length, bytes, 0, bytes.Length);
        Bytes = new MappedBytes(_view.SafeMemoryMappedViewHandle, capacity - bytes.Length, bytes.Length);
    }

    public MappedBytes Bytes { get; }

    /// <summary>Takes them away, as far as readers can tell.</summary>
    public void Zero() => _view.WriteArray(0, new byte[_view.Capacity], 0, (int)_view.Capacity);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
