using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GemmaSharp.Gateway.Replicas;

/// <summary>A server behind the gateway, and what is known of it.</summary>
internal sealed class Replica(Uri address)
{
    // A busy machine may be late once; one that says no, or is not there, is believed at once.
    private const int MostSilences = 3;
    private volatile bool _ready;
    private volatile bool _draining;
    private bool _told;
    private int _running;
    private int _silences;
    private long _requests;
    private long _failures;

    /// <summary>Scheme, host and port, as it is named in lists and logs.</summary>
    public string Name { get; } = address.GetLeftPart(UriPartial.Authority);

    /// <summary>A number that is the same for the same address everywhere.</summary>
    public ulong Hash { get; } = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(address.GetLeftPart(UriPartial.Authority))));

    /// <summary>Whether it said so when it was last asked, and no request failed since.</summary>
    public bool IsReady => _ready;

    /// <summary>Whether an operator wants it empty.</summary>
    public bool IsDraining
    {
        get => _draining;
        set => _draining = value;
    }

    public bool TakesRequests => _ready && !_draining;

    /// <summary>Requests of this gateway that it answers now.</summary>
    public int Running => Volatile.Read(ref _running);

    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Requests that it took and did not answer.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>The look at it that is under way.</summary>
    public Task Check { get; set; } = Task.CompletedTask;

    /// <summary>Counts a request until it is left.</summary>
    public void Enter()
    {
        Interlocked.Increment(ref _running);
        Interlocked.Increment(ref _requests);
    }

    public void Leave() => Interlocked.Decrement(ref _running);

    /// <summary>A request failed: nothing goes there until the next check says that it is ready.</summary>
    public void Fail()
    {
        Interlocked.Increment(ref _failures);
        _ready = false;
    }

    /// <summary>Takes what a check said, null where it said nothing in time; true where it is ready now and was not after the last check, or the other way round.</summary>
    public bool See(bool? ready)
    {
        _silences = ready is null ? _silences + 1 : 0;
        _ready = ready ?? (_ready && _silences < MostSilences);
        (bool before, _told) = (_told, _ready);
        return before != _told;
    }
}
