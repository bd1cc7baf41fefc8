using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Panels of 16 rows of Q8_0 as a file holds them: blocks of a half and 32 signed bytes, row after row.</summary>
/// <param name="first">The first row.</param>
/// <param name="stride">Bytes from row to row.</param>
/// <param name="count">Panels.</param>
/// <param name="blocks">Blocks of a row that belong to the matrix.</param>
/// <param name="shifts">The power of two by which each row's scales are lifted.</param>
internal readonly unsafe struct Q8_0FilePanels(byte* first, nint stride, int count, int blocks, sbyte[] shifts) : IPanels
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = CodesAt + QuantizedRows.BlockColumns;

    /// <summary>Where a block's codes begin.</summary>
    public const int CodesAt = sizeof(ushort);

    private const int PanelRows = QuantLayout.PanelRows, Columns = QuantizedRows.BlockColumns;
    private readonly byte* _first = first;
    private readonly nint _stride = stride;
    private readonly int _blocks = blocks;
    private readonly sbyte[] _shifts = shifts;

    // Every item begins with streams that the processor does not know yet.
    public static long StreamBytes => 512 * 1024;

    public int Count { get; } = count;

    public int ColumnCount => _blocks * Columns;

    public long PanelBytes => (long)_blocks * BlockBytes * PanelRows;

    public byte* Row(int row) => _first + (row * _stride);

    [SkipLocalsInit]
    public void Multiply<TLanes, TVector>(int panel, byte* x, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float* lifts = stackalloc float[PanelRows];
        for (int row = 0; row < PanelRows; row++)
        {
            lifts[row] = HalfScale.PowerOfTwo(_shifts[(panel * PanelRows) + row]);
        }

        // Dot products of bytes need 256 bits, all else is better off with 512.
        if (TLanes.TakesBytes && Lanes512.IsSupported)
        {
            Q8_0FileRow<Lanes512, Vector512<byte>>.Multiply(Row(panel * PanelRows), _stride, _blocks, x, lifts, sums);
        }
        else
        {
            Q8_0FileRow<TLanes, TVector>.Multiply(Row(panel * PanelRows), _stride, _blocks, x, lifts, sums);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Unpack<TLanes, TVector>(int panel, int column, int blocks, byte* into)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        const int codeBytes = Columns * PanelRows;
        byte* room = stackalloc byte[codeBytes + (Q8_0FileScales.MostBlocks * PanelRows * sizeof(ushort)) + CacheLine.Bytes];
        byte* codes = CacheLine.AtOrBehind(room), halves = codes + codeBytes, block = At(panel, column);
        ReadOnlySpan<sbyte> shifts = _shifts.AsSpan(panel * PanelRows, PanelRows);
        Vector256<ushort> lifts = QuantPacking<Q8_0Kernel>.Lifts(shifts);
        Q8_0FileScales.Turn(block, _stride, blocks, halves);
        for (; blocks > 0; blocks--, block += BlockBytes, halves += PanelRows * sizeof(ushort), into += UnpackedRun<Q8_0Kernel, TLanes, TVector>.BlockBytes)
        {
            QuantPacking<Q8_0Kernel>.LiftHalves((ushort*)halves, lifts, shifts);
            TurnedRows.Turn(block + CodesAt, _stride, Columns / sizeof(uint), codes);
            for (int lane = 0; lane < PanelRows * sizeof(uint); lane += TLanes.Count * sizeof(uint))
            {
                CodePlanes.Pack<Q8_0Kernel, TLanes, TVector>(codes + lane, 0, codes + lane);
            }

            UnpackedRun<Q8_0Kernel, TLanes, TVector>.Unpack(halves, codes, into);
        }
    }

    public void Ask(int panel, int column, int blocks)
    {
        byte* block = At(panel, column);
        for (int row = 0; row < PanelRows; row++)
        {
            Prefetch.Stream(block + (row * _stride), blocks * BlockBytes);
        }
    }

    public ushort Half(int row, int block, int index) => *(ushort*)(Row(row) + ((nint)block * BlockBytes));

    private byte* At(int panel, int column) => Row(panel * PanelRows) + ((nint)column / Columns * BlockBytes);
}
