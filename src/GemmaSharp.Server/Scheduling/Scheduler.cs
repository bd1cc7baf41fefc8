using System.Diagnostics;
using System.Net;
using GemmaSharp.Generation;
using GemmaSharp.Prompting;
using GemmaSharp.Server.Http;

namespace GemmaSharp.Server.Scheduling;

/// <summary>
/// Who computes and who waits: so many answers at the same time, so many in the queue, first come first served. What follows a conversation
/// answered before finds its keys and values in the cache it left, if the same key asks.
/// </summary>
internal sealed class Scheduler(ServedModel model, ServerLimits limits) : IDisposable
{
    private const int RetrySeconds = 2;
    private readonly SemaphoreSlim _places = new(limits.Concurrent, limits.Concurrent);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private readonly List<IdleCache> _idle = [];
    private int _inside;

    /// <summary>Answers that are computed now.</summary>
    public int Running => limits.Concurrent - _places.CurrentCount;

    /// <summary>Requests that wait.</summary>
    public int Waiting => int.Max(0, Volatile.Read(ref _inside) - Running);

    /// <summary>Cancelled when running answers must end.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Bytes of keys and values that are kept for what may follow.</summary>
    public long KeptBytes
    {
        get
        {
            lock (_gate)
            {
                return _idle.Sum(one => one.Sequence.CacheBytes);
            }
        }
    }

    /// <summary>Waits for a place; disposing it gives it back.</summary>
    /// <param name="owner">The number of the key that asks.</param>
    /// <param name="cancel">Leaves the queue.</param>
    /// <exception cref="ApiException">Too many wait already, or the model is not loaded.</exception>
    public async Task<Place> EnterAsync(int owner, CancellationToken cancel)
    {
        GemmaEngine engine = model.Engine;
        if (Interlocked.Increment(ref _inside) > limits.Concurrent + limits.Queue)
        {
            Interlocked.Decrement(ref _inside);
            throw new ApiException(HttpStatusCode.TooManyRequests, $"{limits.Queue} requests wait already; try again later") { RetryAfter = RetrySeconds, Code = "queue_full" };
        }

        long started = Stopwatch.GetTimestamp();
        try
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, Closing);
            await _places.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch
        {
            Interlocked.Decrement(ref _inside);
            throw;
        }

        return new Place(this, engine, owner, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Ends what runs.</summary>
    public void Close() => _closing.Cancel();

    public void Dispose()
    {
        Close();
        lock (_gate)
        {
            _idle.ForEach(one => one.Sequence.Dispose());
            _idle.Clear();
        }
    }

    /// <summary>The idle cache of this owner that holds most of a prompt; a fresh one where none holds any.</summary>
    internal Sequence Take(GemmaEngine engine, int owner, Prompt prompt)
    {
        lock (_gate)
        {
            // A cache of another conversation is taken only when it would go anyway.
            IdleCache? best = _idle.Where(one => one.Owner == owner).MaxBy(one => one.Sequence.CommonLength(prompt));
            if (best is not null && (best.Sequence.CommonLength(prompt) * 2 >= prompt.Ids.Length || _idle.Count >= limits.Concurrent))
            {
                _idle.Remove(best);
                return best.Sequence;
            }
        }

        return new Sequence(engine);
    }

    /// <summary>Keeps a cache for what may follow; the one that lay longest goes.</summary>
    internal void Leave(int owner, Sequence? sequence)
    {
        if (sequence is not null)
        {
            Keep(owner, sequence);
        }

        Interlocked.Decrement(ref _inside);
        _places.Release();
    }

    private void Keep(int owner, Sequence sequence)
    {
        lock (_gate)
        {
            _idle.Add(new IdleCache(owner, sequence));
            if (_idle.Count > limits.Concurrent || _closing.IsCancellationRequested)
            {
                _idle[0].Sequence.Dispose();
                _idle.RemoveAt(0);
            }
        }
    }

    private sealed record IdleCache(int Owner, Sequence Sequence);
}
