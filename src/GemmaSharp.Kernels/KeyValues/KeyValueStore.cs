using System.Runtime.InteropServices;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// Keys and values of one layer and sequence, in blocks of 128 positions; freed on dispose, by the finalizer at the latest. It grows and
/// forgets by whole blocks. A block may be held by others too (<see cref="SharedBlocks"/>); it copies one only to go on in it.
/// </summary>
public sealed unsafe class KeyValueStore : IDisposable
{
    private const int LeastRoom = 16;
    private readonly CacheFormat _format;
    private readonly CacheLayout _layout;
    private readonly int _contextLength;
    private byte** _blocks; // by number from position 0 on; those from _firstBlock to _endBlock - 1 are held
    private int _roomForBlocks;
    private int _firstBlock;
    private int _endBlock;
    private bool _endMayBeShared; // whether others may hold the block that the next position falls into
    private bool _disposed;

    /// <summary>Room for positions 0..<paramref name="contextLength"/>-1, taken as they come.</summary>
    /// <param name="type">How keys and values are stored.</param>
    /// <param name="keyHeads">Heads of keys.</param>
    /// <param name="headDim">Values of a head.</param>
    /// <param name="contextLength">The most positions.</param>
    /// <param name="memory">Counts its blocks with those of other stores; null counts them alone.</param>
    public KeyValueStore(CacheType type, int keyHeads, int headDim, int contextLength, KeyValueMemory? memory = null)
    {
        Type = type;
        Memory = memory ?? new KeyValueMemory();
        _format = CacheFormat.Of(type);
        _layout = _format.Layout(keyHeads, headDim);
        _contextLength = contextLength;
    }

    /// <summary>Frees memory that nobody disposed.</summary>
    ~KeyValueStore() => Free();

    /// <summary>How keys and values are stored.</summary>
    public CacheType Type { get; }

    /// <summary>Heads of keys.</summary>
    public int KeyHeads => _layout.KeyHeads;

    /// <summary>Values of a head.</summary>
    public int HeadDim => _layout.HeadDim;

    /// <summary>First position held.</summary>
    public int FirstPosition => _firstBlock * CacheLayout.BlockTokens;

    /// <summary>The position that comes next.</summary>
    public int EndPosition { get; private set; }

    /// <summary>Bytes held, those of blocks that others hold too included.</summary>
    public long Bytes => (_endBlock - _firstBlock) * _layout.BlockBytes;

    internal KeyValueMemory Memory { get; }

    internal long BlockBytes => _layout.BlockBytes;

    /// <summary>Bytes that so many positions take, the first of a block being the first of them.</summary>
    public static long BytesOf(CacheType type, int keyHeads, int headDim, int positions)
    {
        const long tokens = CacheLayout.BlockTokens;
        return (positions + tokens - 1) / tokens * CacheFormat.Of(type).Layout(keyHeads, headDim).BlockBytes;
    }

    /// <summary>Stores keys and values of the next positions, [tokens, keyHeads * headDim].</summary>
    public void Append(Matrix keys, Matrix values)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (keys.RowCount > _contextLength - EndPosition)
        {
            throw new ArgumentException($"{keys.RowCount} positions after {EndPosition} exceed the context of {_contextLength}", nameof(keys));
        }

        if (_endMayBeShared)
        {
            OwnEnd();
        }

        fixed (float* key = keys.Values, value = values.Values)
        {
            for (int row = 0; row < keys.RowCount; row++, EndPosition++)
            {
                byte* block = Reserve(EndPosition / CacheLayout.BlockTokens);
                for (int head = 0; head < KeyHeads; head++)
                {
                    nint at = (((nint)row * KeyHeads) + head) * HeadDim;
                    _format.Write(_layout, block, head, EndPosition % CacheLayout.BlockTokens, key + at, value + at);
                }
            }
        }
    }

    /// <summary>Keys and values as stored, of the positions from <paramref name="position"/> on, [tokens, keyHeads * headDim].</summary>
    public void Read(int position, Matrix keys, Matrix values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, FirstPosition);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position + keys.RowCount, EndPosition);
        fixed (float* key = keys.Values, value = values.Values)
        {
            for (int row = 0; row < keys.RowCount; row++, position++)
            {
                for (int head = 0; head < KeyHeads; head++)
                {
                    nint at = (((nint)row * KeyHeads) + head) * HeadDim;
                    _format.Read(_layout, Block(position / CacheLayout.BlockTokens), head, position % CacheLayout.BlockTokens, key + at, value + at);
                }
            }
        }
    }

    /// <summary>Drops blocks that end at or before <paramref name="position"/>.</summary>
    public void Forget(int position)
    {
        for (; _firstBlock < _endBlock && (_firstBlock + 1) * CacheLayout.BlockTokens <= position; _firstBlock++)
        {
            Memory.Release(_blocks[_firstBlock], _layout.BlockBytes);
        }
    }

    /// <summary>Drops everything from <paramref name="position"/> on, which is still held or the next.</summary>
    public void Truncate(int position)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, FirstPosition);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, EndPosition);
        DropFrom(int.Max(BlocksTo(position), _firstBlock));
        EndPosition = position;
        _endMayBeShared = true;
    }

    /// <summary>Forgets everything; position 0 comes next.</summary>
    public void Clear()
    {
        DropFrom(_firstBlock);
        _firstBlock = _endBlock = EndPosition = 0;
    }

    /// <summary>Forgets everything and holds what others computed: positions up to <paramref name="position"/>, which comes next.</summary>
    /// <param name="chain">The blocks from position 0 on, in their order.</param>
    /// <param name="number">The number of this store in them.</param>
    /// <param name="firstPosition">Where to begin; blocks before it are not held.</param>
    /// <param name="position">The position that comes next.</param>
    public void Adopt(ReadOnlySpan<SharedBlocks> chain, int number, int firstPosition, int position)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int end = BlocksTo(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, chain.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, end == 0 ? 0 : chain[end - 1].EndPosition);
        Clear();
        Grow(end);
        _firstBlock = _endBlock = int.Min(firstPosition / CacheLayout.BlockTokens, end);
        for (; _endBlock < end; _endBlock++)
        {
            SharedBlocks shared = chain[_endBlock];
            if (shared.Type != Type || shared.BlockBytes != BlockBytes)
            {
                throw new ArgumentException($"blocks of {shared.BlockBytes} bytes in {shared.Type} found, {BlockBytes} in {Type} expected", nameof(chain));
            }

            _blocks[_endBlock] = shared.Hold(number);
        }

        EndPosition = position;
        _endMayBeShared = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    internal byte* Block(int index) => _blocks[index];

    internal void Attend(int block, int head, in AttendTile tile) =>
        _format.Attend(_layout, Block(block), head, block * CacheLayout.BlockTokens, tile);

    /// <summary>A block for one holder more; null where it is not held.</summary>
    internal byte* Share(int index)
    {
        if (index < _firstBlock || index >= _endBlock)
        {
            return null;
        }

        _endMayBeShared = true;
        KeyValueMemory.Hold(_blocks[index]);
        return _blocks[index];
    }

    private static int BlocksTo(int position) => (position + CacheLayout.BlockTokens - 1) / CacheLayout.BlockTokens;

    private byte* Reserve(int index)
    {
        if (index >= _endBlock)
        {
            Grow(index + 1);
            _blocks[index] = Memory.Allocate(_layout.BlockBytes);
            _endBlock = index + 1;
        }

        return _blocks[index];
    }

    private void Grow(int blocks)
    {
        if (blocks > _roomForBlocks)
        {
            _roomForBlocks = int.Max(LeastRoom, 2 * blocks);
            _blocks = (byte**)NativeMemory.Realloc(_blocks, (nuint)_roomForBlocks * (nuint)sizeof(byte*));
        }
    }

    // Others keep what they saw of a block begun.
    private void OwnEnd()
    {
        int index = EndPosition / CacheLayout.BlockTokens;
        if (index < _endBlock && KeyValueMemory.IsShared(_blocks[index]))
        {
            byte* copy = Memory.Allocate(_layout.BlockBytes);
            Buffer.MemoryCopy(_blocks[index], copy, _layout.BlockBytes, _layout.BlockBytes);
            Memory.Release(_blocks[index], _layout.BlockBytes);
            _blocks[index] = copy;
        }

        _endMayBeShared = false;
    }

    private void DropFrom(int block)
    {
        while (_endBlock > block)
        {
            Memory.Release(_blocks[--_endBlock], _layout.BlockBytes);
        }
    }

    private void Free()
    {
        _disposed = true;
        Clear();
        NativeMemory.Free(_blocks);
        _blocks = null;
    }
}
