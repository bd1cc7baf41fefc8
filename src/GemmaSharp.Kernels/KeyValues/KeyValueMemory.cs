using System.Runtime.InteropServices;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// The blocks of all stores made with it. A block may have several holders and is freed when the last lets go; what it takes is counted
/// once, here and as pressure on the collector, however many hold it. For any number of threads.
/// </summary>
public sealed unsafe class KeyValueMemory
{
    private const nuint Alignment = 64;
    private const nint Head = 64; // bytes before a block, the first four count its holders
    private long _bytes;

    /// <summary>Bytes of the blocks that anybody holds, each counted once.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>A fresh block with one holder.</summary>
    internal byte* Allocate(long bytes)
    {
        byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)(Head + bytes), Alignment) + Head;
        Holders(block) = 1;
        GC.AddMemoryPressure(bytes);
        Interlocked.Add(ref _bytes, bytes);
        return block;
    }

    /// <summary>One holder more.</summary>
    internal static void Hold(byte* block) => Interlocked.Increment(ref Holders(block));

    /// <summary>Whether a holder has company. Alone it stays alone: only who holds a block can share it.</summary>
    internal static bool IsShared(byte* block) => Volatile.Read(ref Holders(block)) > 1;

    /// <summary>One holder less.</summary>
    internal void Release(byte* block, long bytes)
    {
        if (Interlocked.Decrement(ref Holders(block)) == 0)
        {
            NativeMemory.AlignedFree(block - Head);
            GC.RemoveMemoryPressure(bytes);
            Interlocked.Add(ref _bytes, -bytes);
        }
    }

    private static ref int Holders(byte* block) => ref *(int*)(block - Head);
}
