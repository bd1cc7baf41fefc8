using System.Net;

namespace GemmaSharp.Server;

/// <summary>Where a server listens, checked for being safe.</summary>
/// <param name="Address">The address; null for localhost, which is both loopback addresses.</param>
/// <param name="Port">The port.</param>
internal sealed record ListenAddress(IPAddress? Address, int Port)
{
    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    /// <summary>The address of the options.</summary>
    /// <exception cref="ArgumentException">No address, or one that others can reach without a key being asked for.</exception>
    public static ListenAddress From(ListeningOptions options)
    {
        if (options.Port is < 0 or > 65535)
        {
            throw new ArgumentException($"port {options.Port}, 0 to 65535 expected");
        }

        string host = options.Host.Trim('[', ']');
        ListenAddress listen = new(
            host == "localhost" ? null
            : IPAddress.TryParse(host, out IPAddress? address) ? address
            : throw new ArgumentException($"host '{options.Host}': an IP address or localhost expected; 0.0.0.0 is every address of this machine"),
            options.Port);
        if (!listen.IsLoopback && options.ApiKeys.Count == 0)
        {
            throw new ArgumentException($"host {options.Host} can be reached from other machines: an API key is needed (--api-key or --api-key-file)");
        }

        foreach (string key in options.ApiKeys)
        {
            if (key.Length == 0 || key.Any(one => one is <= ' ' or > '~'))
            {
                throw new ArgumentException("an API key is empty or holds other than visible ASCII characters");
            }
        }

        if (options.TlsCertificate is null != options.TlsKey is null)
        {
            throw new ArgumentException("TLS needs both a certificate and its key (--tls-cert and --tls-key)");
        }

        return listen;
    }
}
