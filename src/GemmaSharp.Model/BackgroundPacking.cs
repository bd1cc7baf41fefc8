using System.Diagnostics;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;

namespace GemmaSharp.Model;

/// <summary>
/// Packs matrices that are multiplied in place, one after the other, on one thread, while no pass runs; each gives way to its packed form as soon as that is there.
/// Where memory or the file fails, the rest stays in place.
/// </summary>
/// <param name="matrices">The matrices.</param>
/// <param name="turns">Whose turns passes take.</param>
/// <param name="available">Bytes of memory that can be had.</param>
/// <param name="patience">After so long it goes on whether passes run or not.</param>
internal sealed class BackgroundPacking(IReadOnlyList<LentMatrix> matrices, ComputeTurns turns, Func<long> available, TimeSpan patience) : IDisposable
{
    /// <summary>Much longer than packing takes: who computes for so long without a pause will go on, and has more of packed weights than it costs to pack them beside.</summary>
    public static readonly TimeSpan UsualPatience = TimeSpan.FromMinutes(1);

    // Left to the caches of running conversations and to other programs.
    private const long Spare = 1L << 28;

    // Both forms of a matrix are in memory for a while. Of one this large the pages in place go first: where nothing is computed meanwhile, they stay away.
    private const long Large = 1L << 26;

    // Longer than what lies between two tokens of an answer: beside passes packing takes processors and memory that they need, and so costs an answer
    // of usual length more than it gains.
    private static readonly TimeSpan LeastIdle = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.05);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private long _begun;
    private Task<int>? _work;

    private bool IsIdle => turns.Idle >= LeastIdle;

    /// <summary>Starts, once.</summary>
    public void Begin()
    {
        if (_work is not null)
        {
            return;
        }

        lock (_gate)
        {
            if (!_stop.IsCancellationRequested)
            {
                _begun = Stopwatch.GetTimestamp();
                _work = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Waits for the end of what has begun and says how many matrices are packed.</summary>
    public int Wait(CancellationToken cancel)
    {
        if (_work is null)
        {
            return 0;
        }

        _work.Wait(cancel);
        return _work.Result;
    }

    /// <summary>Ends it within a few milliseconds; what is packed stays so.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stop.Cancel();
        }

        _work?.Wait();
        _stop.Dispose();
    }

    private int Work()
    {
        int packed = 0;
        try
        {
            for (; packed < matrices.Count; packed++)
            {
                AwaitIdle();
                if (available() < matrices[packed].Matrix.Bytes + Spare)
                {
                    break;
                }

                Pack(matrices[packed]);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or WeightException or OutOfMemoryException)
        {
            // Products go on in place; a file that fails is told of by the next pass.
        }

        return packed;
    }

    private void Pack(LentMatrix lent)
    {
        if (lent.Bytes.Length >= Large && IsIdle)
        {
            lent.Bytes.Drop();
        }

        WeightMatrix packed = lent.Matrix.PackApart((offset, into) =>
        {
            AwaitIdle();
            lent.Read(offset, into);
        });
        using (turns.Enter(isWork: false))
        {
            lent.Matrix.Adopt(packed);
        }

        lent.Bytes.Drop();
    }

    private void AwaitIdle()
    {
        while (!IsIdle && Stopwatch.GetElapsedTime(_begun) < patience && !_stop.IsCancellationRequested)
        {
            _stop.Token.WaitHandle.WaitOne(Pause);
        }

        _stop.Token.ThrowIfCancellationRequested();
    }
}
