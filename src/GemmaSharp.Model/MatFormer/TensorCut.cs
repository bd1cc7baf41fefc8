using System.Buffers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.MatFormer;

/// <summary>Consecutive bytes of a row.</summary>
internal readonly record struct ByteRun(long Start, long Length);

/// <summary>A part of a tensor: the same runs of bytes out of every row, rows behind one another.</summary>
/// <param name="parent">The whole tensor.</param>
/// <param name="rowCount">Its rows; the whole tensor may count as one.</param>
/// <param name="rowBytes">Bytes of one row.</param>
/// <param name="runs">What stays of a row, in ascending order.</param>
internal sealed class TensorCut(WeightEntry parent, long rowCount, long rowBytes, IReadOnlyList<ByteRun> runs)
{
    // One read of so many bytes costs less than the many reads it replaces.
    private const int WindowBytes = 1 << 20;
    private readonly long _keptBytes = runs.Sum(run => run.Length);

    /// <summary>Bytes of all that stays.</summary>
    public long ByteCount => rowCount * _keptBytes;

    /// <summary>Reads bytes of the part, from <paramref name="offset"/> inside it.</summary>
    public void Read(IWeightSource source, long offset, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            ByteRun run = RunAt(offset);
            int count;
            if (run.Length >= into.Length || run.Length >= WindowBytes)
            {
                count = (int)long.Min(run.Length, into.Length);
                source.Read(parent, run.Start, into[..count]);
            }
            else
            {
                count = ReadWindow(source, offset, into);
            }

            offset += count;
            into = into[count..];
        }
    }

    // Reads everything from the first to the last byte wanted, as far as a window reaches, and keeps the runs.
    private int ReadWindow(IWeightSource source, long offset, Span<byte> into)
    {
        long start = RunAt(offset).Start;
        int length = (int)long.Min(WindowBytes, RunAt(offset + into.Length - 1).Start + 1 - start);
        byte[] window = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            source.Read(parent, start, window.AsSpan(0, length));
            int done = 0;
            while (done < into.Length)
            {
                ByteRun run = RunAt(offset + done);
                long left = start + length - run.Start;
                if (left <= 0)
                {
                    break;
                }

                int count = (int)long.Min(long.Min(run.Length, left), into.Length - done);
                window.AsSpan((int)(run.Start - start), count).CopyTo(into[done..]);
                done += count;
            }

            return done;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    // Where a byte of the part stands in the parent, and how many of the part's bytes follow it there.
    private ByteRun RunAt(long offset)
    {
        long row = offset / _keptBytes, inside = offset % _keptBytes;
        int index = 0;
        while (inside >= runs[index].Length)
        {
            inside -= runs[index++].Length;
        }

        return new ByteRun((row * rowBytes) + runs[index].Start + inside, runs[index].Length - inside);
    }
}
