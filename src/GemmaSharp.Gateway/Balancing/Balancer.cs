using GemmaSharp.Gateway.Replicas;

namespace GemmaSharp.Gateway.Balancing;

/// <summary>
/// Chooses replicas. A conversation goes to the one that its hash ranks highest, so that it finds its cache, and only its own conversations move when a
/// replica goes; where that one runs too much more than the idlest, and for all else, the idlest is taken, in turn among equals.
/// </summary>
/// <param name="replicas">Those there are.</param>
/// <param name="slack">How many requests are too much more.</param>
internal sealed class Balancer(ReplicaSet replicas, int slack)
{
    private readonly Lock _gate = new();
    private uint _turn; // it may begin anew

    /// <summary>Whether there is a replica that was not tried.</summary>
    public bool HasAnother(IReadOnlyCollection<Replica> tried) => replicas.Current.Any(one => one.TakesRequests && !tried.Contains(one));

    /// <summary>A replica, entered; null where none is left.</summary>
    public Replica? Enter(ulong? conversation, IReadOnlyCollection<Replica> tried)
    {
        // Chosen and counted in one step: requests that come together must not all see the same idle one.
        lock (_gate)
        {
            // Counted once: requests leave at any time, and between two looks the idlest might be gone.
            (Replica Replica, int Running)[] able = [.. replicas.Current.Where(one => one.TakesRequests && !tried.Contains(one)).Select(one => (one, one.Running))];
            if (able.Length == 0)
            {
                return null;
            }

            _turn++;
            int least = able.Min(one => one.Running);
            Replica[] idle = [.. able.Where(one => one.Running == least).Select(one => one.Replica)];
            Replica chosen = idle[_turn % (uint)idle.Length];
            if (conversation is ulong key && able.MaxBy(one => Rank(key, one.Replica)) is var home && home.Running < least + slack)
            {
                chosen = home.Replica;
            }

            chosen.Enter();
            return chosen;
        }
    }

    // Rendezvous hashing; the mixing of SplitMix64.
    private static ulong Rank(ulong conversation, Replica replica)
    {
        ulong mixed = conversation ^ replica.Hash;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
