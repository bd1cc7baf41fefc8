using System.Net;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Http;

/// <summary>Whether the Host header names this server. A page of another site whose name was made to point here bears its own name.</summary>
internal sealed class HostCheck
{
    private readonly HashSet<string> _allowed = new(StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "[::1]" };
    private readonly bool _anyAddress;

    public HostCheck(ListeningOptions options, ListenAddress listen)
    {
        _allowed.UnionWith(options.AllowedHosts);
        if (listen.Address is IPAddress address)
        {
            _anyAddress = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
            _allowed.Add(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}");
        }
    }

    /// <exception cref="ApiException">It names another.</exception>
    public void Check(HttpRequest request)
    {
        string host = request.Host.Host;

        // An address cannot be made to point elsewhere; only names can.
        bool allowed = _allowed.Contains(host) || _allowed.Contains("*") || (_anyAddress && IPAddress.TryParse(host.Trim('[', ']'), out _));
        if (!allowed)
        {
            throw new ApiException(HttpStatusCode.MisdirectedRequest, "the Host header names a host that this server does not answer for (--allowed-host adds one)") { Code = "wrong_host" };
        }
    }
}
