using System.Diagnostics;
using System.Net;
using GemmaSharp.Server.Http;

namespace GemmaSharp.Server.Scheduling;

/// <summary>Who computes and who waits: so many answers at the same time, so many in the queue, in which those who ask take turns.</summary>
internal sealed class Scheduler(ServedModel model, ServerLimits limits, Action<string> log) : IDisposable
{
    private const int RetrySeconds = 2;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private readonly FairQueue _queue = new();
    private int _running;

    /// <summary>Answers that are computed now.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Requests that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Cancelled when running answers must end.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Holds the model until what is given is disposed; where it gave its memory back, it is loaded and waited for.</summary>
    /// <exception cref="ApiException">It is not there, and too many wait for it or it cannot be loaded.</exception>
    public async Task<ModelHold> HoldModelAsync(CancellationToken cancel)
    {
        try
        {
            return await model.HoldAsync(limits.Concurrent + limits.Queue, cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (ApiException or OperationCanceledException))
        {
            log($"the model cannot be loaded again: {error.Message}");
            throw ApiException.Unavailable("the model cannot be loaded again; the server's log says why");
        }
    }

    /// <summary>Waits for the model and a place; disposing the place gives both back.</summary>
    /// <param name="asker">Whose turn it must be.</param>
    /// <param name="cancel">Leaves the queue.</param>
    /// <exception cref="ApiException">Too many wait already, or the model is not loaded.</exception>
    public async Task<Place> EnterAsync(Asker asker, CancellationToken cancel)
    {
        long started = Stopwatch.GetTimestamp();
        ModelHold held = await HoldModelAsync(cancel).ConfigureAwait(false);
        try
        {
            await WaitAsync(asker, cancel).ConfigureAwait(false);
            return new Place(this, held, asker.Key, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Ends what runs.</summary>
    public void Close() => _closing.Cancel();

    public void Dispose() => Close();

    /// <summary>Gives a place to whose turn it is.</summary>
    internal void Leave()
    {
        TaskCompletionSource? next;
        lock (_gate)
        {
            next = _queue.Take();
            _running -= next is null ? 1 : 0;
        }

        next?.SetResult();
    }

    private async Task WaitAsync(Asker asker, CancellationToken cancel)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, Closing);
        either.Token.ThrowIfCancellationRequested();
        if (Join(asker) is TaskCompletionSource turn)
        {
            using CancellationTokenRegistration leaving = either.Token.Register(() => Abandon(asker, turn, either.Token));
            await turn.Task.ConfigureAwait(false);
        }
    }

    // A place at once, or what is set when there is one. In a full queue whoever has most waiting loses the newest to one who has less:
    // nobody can keep the others out by asking much.
    private TaskCompletionSource? Join(Asker asker)
    {
        lock (_gate)
        {
            if (_running < limits.Concurrent)
            {
                _running++;
                return null;
            }

            if (_queue.Count >= limits.Queue)
            {
                (_queue.MakeRoom(asker) ?? throw Full()).SetException(Full());
            }

            TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _queue.Add(asker, turn);
            return turn;
        }
    }

    private ApiException Full() =>
        new(HttpStatusCode.TooManyRequests, $"the queue is full ({limits.Queue} requests wait at most); try again later") { RetryAfter = RetrySeconds, Code = "queue_full" };

    // Who was given a place meanwhile has it, and gives it back as any other.
    private void Abandon(Asker asker, TaskCompletionSource turn, CancellationToken reason)
    {
        bool waited;
        lock (_gate)
        {
            waited = _queue.Remove(asker, turn);
        }

        if (waited)
        {
            turn.SetCanceled(reason);
        }
    }
}
