namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// A hold on the block of one place in each of several stores, that is on the keys and values of up to 128 positions. What is held does
/// not change: a store that goes on in such a block copies it first. Let go on dispose, by the finalizer at the latest.
/// </summary>
public sealed unsafe class SharedBlocks : IDisposable
{
    /// <summary>Positions of a block.</summary>
    public const int Tokens = CacheLayout.BlockTokens;

    private readonly KeyValueMemory _memory;
    private readonly nint[] _blocks; // by store; 0 where it had forgotten the block

    /// <summary>Holds what <paramref name="stores"/>, all of one type and size, have at a place.</summary>
    /// <param name="stores">They stay the caller's.</param>
    /// <param name="index">The number of the block; its first position is 128 times that.</param>
    public SharedBlocks(ReadOnlySpan<KeyValueStore> stores, int index)
    {
        ArgumentOutOfRangeException.ThrowIfZero(stores.Length);
        _memory = stores[0].Memory;
        (Type, BlockBytes, EndPosition) = (stores[0].Type, stores[0].BlockBytes, stores[0].EndPosition);
        _blocks = new nint[stores.Length];
        for (int number = 0; number < stores.Length; number++)
        {
            EndPosition = int.Min(EndPosition, stores[number].EndPosition);
            _blocks[number] = (nint)stores[number].Share(index);
        }

        EndPosition = int.Min(EndPosition, (index + 1) * Tokens);
    }

    /// <summary>Lets go of what nobody disposed.</summary>
    ~SharedBlocks() => Release();

    /// <summary>The position after the last that is held.</summary>
    public int EndPosition { get; }

    /// <summary>Whether no store had forgotten its block.</summary>
    public bool IsComplete => Array.IndexOf(_blocks, 0) < 0;

    /// <summary>Bytes of the blocks held.</summary>
    public long Bytes => _blocks.LongCount(block => block != 0) * BlockBytes;

    internal CacheType Type { get; }

    internal long BlockBytes { get; }

    /// <summary>Whether the store of this number had its block.</summary>
    public bool Has(int number) => _blocks[number] != 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>A block for one holder more.</summary>
    internal byte* Hold(int number)
    {
        ObjectDisposedException.ThrowIf(_blocks[number] == 0, this);
        byte* block = (byte*)_blocks[number];
        KeyValueMemory.Hold(block);
        return block;
    }

    private void Release()
    {
        for (int number = 0; number < _blocks.Length; number++)
        {
            if (_blocks[number] != 0)
            {
                _memory.Release((byte*)_blocks[number], BlockBytes);
                _blocks[number] = 0;
            }
        }
    }
}
