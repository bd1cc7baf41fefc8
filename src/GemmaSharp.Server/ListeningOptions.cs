using Microsoft.AspNetCore.Connections;

namespace GemmaSharp.Server;

/// <summary>Where a program listens, and who may ask it.</summary>
internal record ListeningOptions
{
    /// <summary>Address to listen on: an IP address, or localhost.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Port; 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Keys of which a request must bear one; without any, everybody on this machine may ask.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Names that the Host header may bear beside loopback names and the address listened on.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Origins whose pages may ask ("https://example.org"); "*" is all.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>PEM file with the certificate; https is spoken with it.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>PEM file with the certificate's key.</summary>
    public string? TlsKey { get; init; }

    /// <summary>Where connections come from; null is sockets.</summary>
    public IConnectionListenerFactory? Transport { get; init; }
}
