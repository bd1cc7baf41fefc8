using System.Runtime.InteropServices;

namespace GemmaSharp.Kernels.Memory;

/// <summary>Owns native memory aligned to 64 bytes, with a 64-bit length; freed on dispose, by the finalizer at the latest.</summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;
    private byte* _pointer;

    /// <summary>Takes <paramref name="length"/> bytes, zeroed unless the caller writes all of them.</summary>
    public NativeBuffer(long length, bool zeroed = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint rounded = ((nuint)length + Alignment - 1) / Alignment * Alignment;
        _pointer = (byte*)NativeMemory.AlignedAlloc(nuint.Max(rounded, Alignment), Alignment);
        if (zeroed)
        {
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

    private void Free()
    {
        if (_pointer is not null)
        {
            NativeMemory.AlignedFree(_pointer);
            _pointer = null;
            GC.RemoveMemoryPressure(long.Max(Length, 1));
        }
    }
}
