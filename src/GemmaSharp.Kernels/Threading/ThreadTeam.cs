using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Threading;

/// <summary>A piece of work in independent items; each item writes its own results only.</summary>
public interface IWork
{
    /// <summary>Does item <paramref name="item"/>.</summary>
    void Run(int item);
}

/// <summary>
/// The caller and count - 1 workers. Items are handed out one by one, so a busy core does not hold up the rest; workers spin briefly
/// between sections and then sleep. Nothing is allocated per section.
/// </summary>
public sealed unsafe class ThreadTeam : IDisposable
{
    // About 10 us of work: below it, handing some of it out costs more than it brings.
    private const long WorthSharing = 1 << 19;

    // Longer than the serial work between two sections of a pass, shorter than what a sampler or a user takes.
    private static readonly TimeSpan SpinTime = TimeSpan.FromMicroseconds(100);

    private readonly Lock _gate = new();
    private readonly object _bed = new();
    private readonly Thread[] _workers;
    private delegate*<void*, int, void> _invoke;
    private void* _work;
    private int _itemCount;
    private int _nextItem;
    private int _generation;
    private int _inside;
    private int _sleeping;
    private volatile int _count;
    private Exception? _failure;
    private volatile bool _open;
    private volatile bool _stopped;

    /// <summary>Starts the workers.</summary>
    /// <param name="count">Threads in all, the caller included; 0 takes the machine's processors.</param>
    public ThreadTeam(int count = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _count = count == 0 ? Environment.ProcessorCount : count;
        _workers = new Thread[_count - 1];
        for (int index = 0; index < _workers.Length; index++)
        {
            int worker = index;
            _workers[index] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"gemma {index + 1}" };
            _workers[index].Start();
        }
    }

    /// <summary>Threads in all, the caller included.</summary>
    public int Size => _workers.Length + 1;

    /// <summary>Threads that take part in sections, the caller included.</summary>
    public int Count => _count;

    /// <summary>Workers that use no processor until the next section.</summary>
    internal int Sleeping => Volatile.Read(ref _sleeping);

    /// <summary>Lets so many threads, at most all, take part in the sections from now on; the others sleep.</summary>
    public void Use(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Size);
        if (count != _count)
        {
            lock (_gate)
            {
                _count = count;
                Wake();
            }
        }
    }

    /// <summary>Runs items 0..itemCount-1 and returns when all are done; sections of several callers follow one another.</summary>
    /// <param name="work">The work; it must not start another section of this team.</param>
    /// <param name="itemCount">How many items.</param>
    /// <param name="cost">Multiply-adds of all items together, to decide whether to wake the workers.</param>
    public void Run<TWork>(ref TWork work, int itemCount, long cost)
        where TWork : IWork, allows ref struct
    {
        if (Count == 1 || itemCount < 2 || cost < WorthSharing)
        {
            for (int item = 0; item < itemCount; item++)
            {
                work.Run(item);
            }

            return;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
#pragma warning disable CS8500 // the work lives on this thread's stack until every worker has left it
            fixed (TWork* pointer = &work)
#pragma warning restore CS8500
            {
                Share(&Invoke<TWork>, pointer, itemCount);
            }
        }
    }

    /// <summary>Stops the workers.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            Interlocked.Increment(ref _generation);
            Wake();
        }

        foreach (Thread worker in _workers)
        {
            worker.Join();
        }
    }

    private static void Invoke<TWork>(void* work, int item)
        where TWork : IWork, allows ref struct
    {
#pragma warning disable CS8500
        ((TWork*)work)->Run(item);
#pragma warning restore CS8500
    }

    private void Share(delegate*<void*, int, void> invoke, void* work, int itemCount)
    {
        _invoke = invoke;
        _work = work;
        _itemCount = itemCount;
        _failure = null;
        Volatile.Write(ref _nextItem, 0);
        _open = true;
        Interlocked.Increment(ref _generation);
        if (Volatile.Read(ref _sleeping) > 0)
        {
            Wake();
        }

        TakeGuarded();

        // Every item is taken. A worker that comes late finds the section closed, so only those inside are waited for.
        _open = false;
        Interlocked.MemoryBarrier();
        SpinWait spin = default;
        while (Volatile.Read(ref _inside) > 0)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        if (_failure is not null)
        {
            throw new InvalidOperationException("a worker failed", _failure);
        }
    }

    private void Take()
    {
        int item;
        while ((item = Interlocked.Increment(ref _nextItem) - 1) < _itemCount)
        {
            _invoke(_work, item);
        }
    }

    private void Work(int worker)
    {
        int seen = 0;
        while (true)
        {
            seen = Await(worker, seen);
            if (_stopped)
            {
                return;
            }

            Interlocked.Increment(ref _inside);
            if (_open && !IsOut(worker))
            {
                TakeGuarded();
            }

            Interlocked.Decrement(ref _inside);
        }
    }

    private void TakeGuarded()
    {
        try
        {
            Take();
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }

    private int Await(int worker, int seen)
    {
        long started = Stopwatch.GetTimestamp();
        do
        {
            int now = Volatile.Read(ref _generation);
            if (now != seen)
            {
                return now;
            }

            Thread.SpinWait(8);
        }
        while (!IsOut(worker) && Stopwatch.GetElapsedTime(started) < SpinTime);

        return Sleep(worker, seen);
    }

    // One that takes no part is not counted, or every section would try to wake it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Sleep(int worker, int seen)
    {
        lock (_bed)
        {
            while (IsOut(worker) && !_stopped)
            {
                Monitor.Wait(_bed);
            }

            Interlocked.Increment(ref _sleeping);
            int now;
            while ((now = Volatile.Read(ref _generation)) == seen && !IsOut(worker))
            {
                Monitor.Wait(_bed);
            }

            Interlocked.Decrement(ref _sleeping);
            return now;
        }
    }

    private bool IsOut(int worker) => worker >= _count - 1;

    // All sleepers look at the generation again: a permit for one of them could be taken by another that is early for the next section.
    private void Wake()
    {
        lock (_bed)
        {
            Monitor.PulseAll(_bed);
        }
    }
}
