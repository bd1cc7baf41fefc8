using System.Net;
using GemmaSharp.Generation;
using GemmaSharp.Prompting;
using GemmaSharp.Server.Http;

namespace GemmaSharp.Server;

/// <summary>The model that is served. It may still be loading, and give its memory back while nobody asks.</summary>
internal sealed class ServedModel : IDisposable
{
    private readonly Func<Task<GemmaEngine>> _load;
    private readonly TimeSpan? _idle;
    private readonly Timer? _timer;
    private readonly Lock _gate = new();
    private Task<GemmaEngine>? _engine;
    private int _holders;
    private int _waiting;
    private volatile int _vocabularySize;
    private volatile bool _ready;
    private volatile bool _retired;

    /// <param name="name">Its name in requests and answers.</param>
    /// <param name="load">Loads it; called at once, and again after its memory was given back.</param>
    /// <param name="idle">The time without a request after which its memory is given back; null keeps it.</param>
    public ServedModel(string name, Func<Task<GemmaEngine>> load, TimeSpan? idle = null)
    {
        (Name, _load, _idle) = (name, load, idle);
        _timer = idle is null ? null : new Timer(_ => Unload());
        _engine = load();
    }

    /// <summary>Its name in requests and answers.</summary>
    public string Name { get; }

    /// <summary>When the server took it, in Unix seconds.</summary>
    public long Created { get; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>Whether it was loaded and has produced a token, and new requests are welcome; one that has given its memory back is loaded by the next request.</summary>
    public bool IsReady => _ready && !_retired;

    /// <summary>"loading", "loaded" or "unloaded".</summary>
    public string State => Volatile.Read(ref _engine) is not Task<GemmaEngine> engine ? "unloaded" : engine.IsCompletedSuccessfully ? "loaded" : "loading";

    /// <summary>How many tokens it knows; that is known too while it is unloaded.</summary>
    /// <exception cref="ApiException">It was never loaded yet.</exception>
    public int VocabularySize => _vocabularySize > 0 ? _vocabularySize : Engine.Tokens.Count;

    /// <summary>Holds the engine until what is given is disposed; where it gave its memory back, it is loaded and waited for.</summary>
    /// <param name="mostWaiting">How many may wait.</param>
    /// <param name="cancel">Waits no longer.</param>
    /// <exception cref="ApiException">It was never loaded yet, or too many wait already.</exception>
    public Task<ModelHold> HoldAsync(int mostWaiting, CancellationToken cancel)
    {
        if (!_ready)
        {
            _ = Engine;
        }

        return TakeAsync(mostWaiting, cancel);
    }

    /// <summary>What of the model requests may ask for; null while it is not loaded.</summary>
    public IReadOnlyList<string>? SliceNames => Loaded?.SliceNames;

    /// <summary>Bytes of keys and values that are kept for prompts that begin alike.</summary>
    public long PrefixBytes => Loaded?.Prefixes?.Bytes ?? 0;

    /// <summary>Bytes of all keys and values.</summary>
    public long KeyValueBytes => Loaded?.KeyValueBytes ?? 0;

    /// <summary>What its passes computed so far.</summary>
    public PassCounts Passes => Loaded?.Passes.Counts ?? default;

    /// <summary>Waits for the engine and lets it produce a token.</summary>
    public async Task WarmUpAsync(CancellationToken cancel)
    {
        using ModelHold held = await TakeAsync(int.MaxValue, cancel).ConfigureAwait(false);
        GemmaEngine engine = held.Engine;
        _vocabularySize = engine.Tokens.Count;
        engine.Passes.ExpectOthers();
        _ = engine.SliceNames.Count(engine.HasSlice); // made now, none is made while a request waits
        using Sequence sequence = new(engine);
        UpdateStream answer = new(stop => sequence.Generate(new Prompt(engine.Prompts.EncodeText("Hello"), []), new GenerationOptions { MaxTokens = 1 }, stop), cancel);
        await foreach (GenerationUpdate update in answer.ReadAsync(cancel).ConfigureAwait(false))
        {
            _ready |= update.TokenId is not null;
        }
    }

    /// <summary>Makes new requests unwelcome; they are answered still.</summary>
    public void Retire() => _retired = true;

    /// <summary>Checks the name that a request bears.</summary>
    public string? Refusal(string? asked) => asked is null || asked == Name ? null : $"model '{asked}' is not served here; '{Name}' is";

    /// <summary>Gives the engine back, if there is one.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_gate)
        {
            Release();
        }
    }

    private GemmaEngine Engine => Loaded ?? throw ApiException.Unavailable("the model is still loading");

    private GemmaEngine? Loaded => Volatile.Read(ref _engine) is { IsCompletedSuccessfully: true } loaded ? loaded.Result : null;

    private async Task<ModelHold> TakeAsync(int mostWaiting, CancellationToken cancel)
    {
        Task<GemmaEngine> engine;
        lock (_gate)
        {
            bool failed = _engine is { IsCompleted: true, IsCompletedSuccessfully: false };
            engine = _engine = _engine is null || (failed && _ready) ? _load() : _engine;
            if (!engine.IsCompleted && _waiting >= mostWaiting)
            {
                throw new ApiException(HttpStatusCode.TooManyRequests, $"{mostWaiting} requests wait for the model already; try again later") { RetryAfter = 2, Code = "queue_full" };
            }

            _holders++;
            Interlocked.Increment(ref _waiting);
        }

        try
        {
            return new ModelHold(await engine.WaitAsync(cancel).ConfigureAwait(false), Leave);
        }
        catch
        {
            Leave();
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_holders == 0 && _idle is TimeSpan idle)
            {
                _timer?.Change(idle, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Unload()
    {
        lock (_gate)
        {
            if (_holders > 0)
            {
                return;
            }

            Release();
        }

        // Nobody asks, so nothing else would make the runtime give the rest back.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    }

    private void Release()
    {
        if (_engine is { IsCompletedSuccessfully: true } loaded)
        {
            loaded.Result.Dispose();
            _engine = null;
        }
    }
}
