namespace GemmaSharp.Server;

/// <summary>Where a server listens, who may ask it, and how much one may ask.</summary>
internal sealed record ServerOptions : ListeningOptions
{
    /// <summary>Whether unknown fields become warnings instead of errors.</summary>
    public bool Lenient { get; init; }

    /// <summary>How tools are told to the model: "json" or "hermes".</summary>
    public string ToolFormat { get; init; } = "json";

    /// <summary>Whether requests that name no slice are answered by a smaller one while many wait.</summary>
    public bool AutoSlice { get; init; }

    /// <summary>Whether pictures and sounds are fetched from http and https addresses.</summary>
    public bool AllowMediaUrls { get; init; }

    /// <summary>Folder below which file: addresses are read; null refuses them.</summary>
    public string? MediaPath { get; init; }

    /// <summary>How much one may ask.</summary>
    public ServerLimits Limits { get; init; } = new();
}

/// <summary>Bounds of a server, each looked at before work begins.</summary>
internal sealed record ServerLimits
{
    /// <summary>Answers computed at the same time.</summary>
    public int Concurrent { get; init; } = 8;

    /// <summary>Requests that wait for their turn; more are told to come later.</summary>
    public int Queue { get; init; } = 64;

    /// <summary>Open connections.</summary>
    public int Connections { get; init; } = 1024;

    /// <summary>Bytes of a request's body.</summary>
    public int BodyBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of all bodies held at the same time.</summary>
    public long AllBodyBytes { get; init; } = 512L << 20;

    /// <summary>Messages of a conversation.</summary>
    public int Messages { get; init; } = 1024;

    /// <summary>Pictures and sounds of a request.</summary>
    public int MediaParts { get; init; } = 16;

    /// <summary>Bytes of a picture or sound.</summary>
    public int PartBytes { get; init; } = 32 << 20;

    /// <summary>Seconds in which an address must give all its bytes.</summary>
    public int FetchSeconds { get; init; } = 20;

    /// <summary>Tokens of an answer; null leaves it to the context.</summary>
    public int? Tokens { get; init; }

    /// <summary>Answers to one request.</summary>
    public int Choices { get; init; } = 8;

    /// <summary>Tools of a request.</summary>
    public int Tools { get; init; } = 128;

    /// <summary>Bytes of all tool definitions of a request.</summary>
    public int ToolBytes { get; init; } = 1 << 18;

    /// <summary>Characters of a schema, grammar or regular expression that binds an answer, calls included.</summary>
    public int SchemaBytes { get; init; } = 1 << 18;

    /// <summary>Answers of /v1/responses that are kept.</summary>
    public int StoredResponses { get; init; } = 256;

    /// <summary>Bytes of all of them.</summary>
    public long StoredBytes { get; init; } = 64L << 20;

    /// <summary>Seconds before shutdown in which requests are still taken while /ready says no, so that balancers can turn away.</summary>
    public int DrainSeconds { get; init; }

    /// <summary>Seconds that running answers have to finish at shutdown.</summary>
    public int ShutdownSeconds { get; init; } = 30;
}
