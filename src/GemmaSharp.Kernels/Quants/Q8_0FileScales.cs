using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Quants;

/// <summary>The scales of a few blocks of sixteen rows of Q8_0 as a file holds them, turned to [blocks][16 rows].</summary>
internal static unsafe class Q8_0FileScales
{
    /// <summary>Blocks that are turned together.</summary>
    public const int MostBlocks = QuantizedRows.RunColumns / QuantizedRows.BlockColumns;

    private const int PanelRows = QuantLayout.PanelRows, Block = Q8_0FilePanels.BlockBytes, Line = 64;

    /// <summary>Writes halves [blocks, 16], the next ones up to the eighth block with what does not matter.</summary>
    /// <param name="rows">The first row's first block.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="blocks">Blocks of a row, up to <see cref="MostBlocks"/>.</param>
    /// <param name="into">[8, 16].</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Turn(byte* rows, nint stride, int blocks, byte* into)
    {
        ushort* halves = stackalloc ushort[PanelRows * MostBlocks];
        ushort* row = halves, end = halves + (PanelRows * MostBlocks);
        if (blocks == MostBlocks)
        {
            for (; row < end; row += MostBlocks, rows += stride)
            {
                Eight(rows).Store(row);
            }
        }

        for (; row < end; row += MostBlocks, rows += stride)
        {
            for (int block = 0; block < blocks; block++)
            {
                row[block] = At(rows, block);
            }
        }

        TurnedRows.TurnPairs((byte*)halves, MostBlocks * sizeof(ushort), MostBlocks / 2, into);
    }

    // Where words can be chosen from two vectors, two halves of each of four lines; their places move by two bytes from block to block.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Eight(byte* row)
    {
        if (!Avx512BW.IsSupported)
        {
            return Vector128.Create(At(row, 0), At(row, 1), At(row, 2), At(row, 3), At(row, 4), At(row, 5), At(row, 6), At(row, 7));
        }

        Vector512<ushort> first = Vector128.Create((ushort)0, 17, 34, 51, 0, 0, 0, 0).ToVector256Unsafe().ToVector512Unsafe();
        Vector512<ushort> later = Vector128.Create((ushort)4, 21, 38, 55, 0, 0, 0, 0).ToVector256Unsafe().ToVector512Unsafe();
        return Sse2.UnpackLow(Choose(row, first), Choose(row + (2 * Line), later)).AsUInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Choose(byte* lines, Vector512<ushort> words) =>
        Avx512BW.PermuteVar32x16x2(Vector512.Load((ushort*)lines), words, Vector512.Load((ushort*)(lines + Line))).GetLower().GetLower().AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort At(byte* row, int block) => *(ushort*)(row + (block * Block));
}
