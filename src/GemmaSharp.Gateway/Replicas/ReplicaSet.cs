namespace GemmaSharp.Gateway.Replicas;

/// <summary>The replicas there are now. One that is taken out finishes what it runs.</summary>
internal sealed class ReplicaSet
{
    private volatile Replica[] _current = [];

    public IReadOnlyList<Replica> Current => _current;

    /// <summary>Makes these the replicas; those known keep what is known of them.</summary>
    public void Change(IEnumerable<Uri> addresses)
    {
        Dictionary<string, Replica> known = _current.ToDictionary(one => one.Name);
        _current = [.. addresses.Select(address => new Replica(address)).DistinctBy(one => one.Name).Select(one => known.GetValueOrDefault(one.Name, one))];
    }

    /// <summary>The replica of this address; null where there is none.</summary>
    public Replica? Find(string name) => Array.Find(_current, one => one.Name.Equals(name.TrimEnd('/'), StringComparison.OrdinalIgnoreCase));

    /// <summary>An address as people write it.</summary>
    /// <exception cref="ArgumentException">Another form.</exception>
    public static Uri Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" && address is { PathAndQuery: "/", UserInfo: "", Fragment: "" }
            ? address
            : throw new ArgumentException($"replica '{text}' found, http://HOST:PORT or https://HOST:PORT expected");
}
