using System.Runtime.InteropServices;

namespace GemmaSharp.Kernels.Memory;

/// <summary>Owns native memory aligned to 64 bytes, with a 64-bit length; freed on dispose, by the finalizer at the latest.</summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;
    private readonly PagePiece _pages;
    private readonly bool _isPaged;
    private byte* _pointer;

    /// <summary>Takes <paramref name="length"/> bytes, zeroed.</summary>
    public NativeBuffer(long length)
        : this(length, paged: false)
    {
    }

    private NativeBuffer(long length, bool paged)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        if (paged)
        {
            _isPaged = true;
            _pages = PageRegions.Weights.Take(long.Max(length, 1));
            _pointer = _pages.Start;
        }
        else
        {
            nuint rounded = nuint.Max(((nuint)length + Alignment - 1) / Alignment * Alignment, Alignment);
            _pointer = (byte*)NativeMemory.AlignedAlloc(rounded, Alignment);
            NativeMemory.Clear(_pointer, rounded);
        }

        GC.AddMemoryPressure(long.Max(length, 1));
    }

    /// <summary>Frees memory that nobody disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    /// <summary>The bytes of a buffer below 2 GB.</summary>
    public Span<byte> Span => new(_pointer, checked((int)Length));

    internal byte* Pointer => _pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Memory for weights, zeroed, in large pages where the system has them.</summary>
    internal static NativeBuffer ForWeights(long length) => new(length, LinuxPages.IsSupported);

    /// <summary>Fetches the memory of a part that is about to be written, which is cheaper than page by page.</summary>
    internal void Populate(long offset, long count)
    {
        if (_isPaged)
        {
            _pages.Populate(offset, count);
        }
    }

    private void Free()
    {
        if (_pointer is not null)
        {
            if (_isPaged)
            {
                PageRegions.Weights.Return(_pages);
            }
            else
            {
                NativeMemory.AlignedFree(_pointer);
            }

            _pointer = null;
            GC.RemoveMemoryPressure(long.Max(Length, 1));
        }
    }
}
