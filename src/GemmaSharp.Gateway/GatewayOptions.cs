using GemmaSharp.Server;

namespace GemmaSharp.Gateway;

/// <summary>Where a gateway listens, who may ask it, and which replicas answer.</summary>
internal sealed record GatewayOptions : ListeningOptions
{
    /// <summary>Addresses of replicas, such as http://10.0.0.1:8080.</summary>
    public IReadOnlyList<string> Replicas { get; init; } = [];

    /// <summary>File with more of them, one a line, read again when it changes.</summary>
    public string? ReplicaFile { get; init; }

    /// <summary>Key that replicas are asked with; null hands on what the client bears.</summary>
    public string? ReplicaKey { get; init; }

    /// <summary>Keys that may drain replicas; without any nobody may.</summary>
    public IReadOnlyList<string> AdminKeys { get; init; } = [];

    /// <summary>How much, and how long.</summary>
    public GatewayLimits Limits { get; init; } = new();
}

/// <summary>Bounds of a gateway.</summary>
internal sealed record GatewayLimits
{
    /// <summary>Open connections of clients.</summary>
    public int Connections { get; init; } = 1024;

    /// <summary>Bytes of a request's body.</summary>
    public int BodyBytes { get; init; } = 64 << 20;

    /// <summary>Bytes up to which a body is held, to be read for its conversation and sent again.</summary>
    public int BufferedBytes { get; init; } = 8 << 20;

    /// <summary>Bytes of all bodies held at the same time.</summary>
    public long AllBufferedBytes { get; init; } = 256L << 20;

    /// <summary>Requests that a conversation's replica may run more than the idlest one before the conversation goes elsewhere.</summary>
    public int Slack { get; init; } = 4;

    /// <summary>Ids of stored responses whose replica is remembered.</summary>
    public int ResponseIds { get; init; } = 1 << 16;

    /// <summary>Time between two looks at a replica.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Seconds in which a replica may say nothing; an answer that is not streamed is silent until it is whole.</summary>
    public int SilenceSeconds { get; init; } = 3600;

    /// <summary>Seconds before shutdown in which requests are still taken while /ready says no.</summary>
    public int DrainSeconds { get; init; }

    /// <summary>Seconds that running answers have to finish at shutdown.</summary>
    public int ShutdownSeconds { get; init; } = 30;
}
