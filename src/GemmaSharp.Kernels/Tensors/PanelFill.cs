using System.Buffers;
using System.Runtime.ExceptionServices;
using GemmaSharp.Kernels.Memory;

namespace GemmaSharp.Kernels.Tensors;

/// <summary>
/// Packs one panel from its 16 rows as the file holds them, one after the other; <see cref="PanelFill.Slack"/> bytes before and behind
/// them may be read. Rows that the matrix lacks are zero.
/// </summary>
internal unsafe delegate void PanelPacker(int panel, byte* rows);

/// <summary>Reads a matrix in runs of panels and has them packed, on all processors: each run is read into memory that stays in the processor's cache.</summary>
internal static unsafe class PanelFill
{
    /// <summary>Bytes around the rows that may be read, so that packing can take whole vectors.</summary>
    public const int Slack = 64;

    private const int PanelRows = 16;

    // Large enough that a system call and a disk's latency do not count, small enough for the second-level cache.
    private const int RunBytes = 1 << 19;

    // So many runs a processor at least, that none waits long for another.
    private const int RunsEach = 2;

    /// <summary>Packs all panels of [rows, rowBytes].</summary>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="rowBytes">Bytes of a row in the file.</param>
    /// <param name="packed">Where the panels go, one after the other.</param>
    /// <param name="read">Gives the file's bytes.</param>
    /// <param name="pack">Packs one panel.</param>
    /// <param name="alone">Whether the calling thread does all of it.</param>
    public static void Run(int rows, int rowBytes, NativeBuffer packed, RowReader read, PanelPacker pack, bool alone = false)
    {
        int panels = (int)(((long)rows + PanelRows - 1) / PanelRows), panelBytes = checked(PanelRows * rowBytes);
        int run = int.Clamp(RunBytes / panelBytes, 1, ((panels - 1) / (RunsEach * Environment.ProcessorCount)) + 1), runs = ((panels - 1) / run) + 1;
        if (alone)
        {
            for (int index = 0; index < runs; index++)
            {
                Fill(index);
            }

            return;
        }

        try
        {
            Parallel.For(0, runs, Fill);
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
            throw;
        }

        void Fill(int index)
        {
            int first = index * run, count = int.Min(panels - first, run);
            long packedBytes = packed.Length / panels;
            packed.Populate(first * packedBytes, count * packedBytes);
            FillRun(first, first + count, rows, rowBytes, read, pack);
        }
    }

    private static void FillRun(int first, int end, int rows, int rowBytes, RowReader read, PanelPacker pack)
    {
        int length = (end - first) * PanelRows * rowBytes, stored = (int)((long.Min(rows, (long)end * PanelRows) - ((long)first * PanelRows)) * rowBytes);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(checked(length + (2 * Slack)));
        try
        {
            read((long)first * PanelRows * rowBytes, buffer.AsSpan(Slack, stored));
            buffer.AsSpan(Slack + stored, length - stored).Clear();
            fixed (byte* from = buffer)
            {
                for (int panel = first; panel < end; panel++)
                {
                    pack(panel, from + Slack + ((long)(panel - first) * PanelRows * rowBytes));
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
