using System.Runtime.InteropServices;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// Keys and values of one layer and sequence, in blocks of 128 positions; freed on dispose, by the finalizer at the latest. It grows and
/// forgets by whole blocks and copies nothing.
/// </summary>
public sealed unsafe class KeyValueStore : IDisposable
{
    private const nuint Alignment = 64;
    private const int LeastRoom = 16;
    private readonly CacheFormat _format;
    private readonly CacheLayout _layout;
    private readonly int _contextLength;
    private byte** _blocks; // by number from position 0 on; those from _firstBlock to _endBlock - 1 are held
    private int _roomForBlocks;
    private int _firstBlock;
    private int _endBlock;
    private bool _disposed;

    /// <summary>Room for positions 0..<paramref name="contextLength"/>-1, taken as they come.</summary>
    public KeyValueStore(CacheType type, int keyHeads, int headDim, int contextLength)
    {
        Type = type;
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

    /// <summary>Bytes held.</summary>
    public long Bytes => (_endBlock - _firstBlock) * _layout.BlockBytes;

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
            Release(_firstBlock);
        }
    }

    /// <summary>Drops everything from <paramref name="position"/> on, which is still held or the next.</summary>
    public void Truncate(int position)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, FirstPosition);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, EndPosition);
        DropFrom(int.Max((position + CacheLayout.BlockTokens - 1) / CacheLayout.BlockTokens, _firstBlock));
        EndPosition = position;
    }

    /// <summary>Forgets everything; position 0 comes next.</summary>
    public void Clear()
    {
        DropFrom(_firstBlock);
        _firstBlock = _endBlock = EndPosition = 0;
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

    private byte* Reserve(int index)
    {
        if (index >= _roomForBlocks)
        {
            _roomForBlocks = int.Max(LeastRoom, 2 * index);
            _blocks = (byte**)NativeMemory.Realloc(_blocks, (nuint)_roomForBlocks * (nuint)sizeof(byte*));
        }

        if (index >= _endBlock)
        {
            _blocks[index] = (byte*)NativeMemory.AlignedAlloc((nuint)_layout.BlockBytes, Alignment);
            GC.AddMemoryPressure(_layout.BlockBytes);
            _endBlock = index + 1;
        }

        return _blocks[index];
    }

    private void Release(int index)
    {
        NativeMemory.AlignedFree(_blocks[index]);
        GC.RemoveMemoryPressure(_layout.BlockBytes);
    }

    private void DropFrom(int block)
    {
        while (_endBlock > block)
        {
            Release(--_endBlock);
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
