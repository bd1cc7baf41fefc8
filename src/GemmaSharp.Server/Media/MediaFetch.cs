using System.Net;
using System.Net.Sockets;
using GemmaSharp.Server.Http;

namespace GemmaSharp.Server.Media;

/// <summary>Fetches pictures and sounds from public addresses, bounded in time, bytes and redirects.</summary>
internal sealed class MediaFetch : IDisposable
{
    private const int MostRedirects = 3;
    private static readonly string[] Types = ["image/", "audio/", "application/octet-stream", "application/ogg", "video/webm", "video/mp4"];
    private readonly ServerLimits _limits;
    private readonly HttpClient _client;
    private readonly Func<IPAddress, bool> _allowed;

    /// <param name="limits">Bounds of time and bytes.</param>
    /// <param name="allowed">Which addresses may be connected to; null for the public ones.</param>
    public MediaFetch(ServerLimits limits, Func<IPAddress, bool>? allowed = null)
    {
        _limits = limits;
        _allowed = allowed ?? AddressRules.IsPublic;

        // No proxy, no cookies, no redirects by themselves: each step is looked at, and the address that is connected to is the one that was looked at.
        SocketsHttpHandler handler = new()
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = ConnectAsync,
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("gemmasharp");
    }

    /// <summary>The bytes at an address.</summary>
    /// <exception cref="ApiException">Not allowed, not there, too large or too slow.</exception>
    public async Task<byte[]> ReadAsync(Uri address, string name, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(_limits.FetchSeconds));
        try
        {
            for (int step = 0; step <= MostRedirects; step++)
            {
                if (address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0)
                {
                    throw Refused(name, "an http: or https: address without user expected");
                }

                using HttpResponseMessage response = await _client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
                if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not Uri next)
                {
                    return await BodyAsync(response, name, limit.Token).ConfigureAwait(false);
                }

                address = new Uri(address, next);
            }

            throw Refused(name, $"more than {MostRedirects} redirects");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Refused(name, $"its address gave not all within {_limits.FetchSeconds} seconds");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw Refused(name, error.InnerException is ForbiddenAddressException ? "its address leads to a machine that is not public" : "its address cannot be fetched");
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<byte[]> BodyAsync(HttpResponseMessage response, string name, CancellationToken cancel)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw Refused(name, $"its address answers with status {(int)response.StatusCode}");
        }

        string type = response.Content.Headers.ContentType?.MediaType ?? "application/octet-stream";
        if (!Types.Any(known => type.StartsWith(known, StringComparison.OrdinalIgnoreCase)))
        {
            throw Refused(name, "its address gives neither a picture nor a sound");
        }

        if (response.Content.Headers.ContentLength > _limits.PartBytes)
        {
            throw TooLarge(name);
        }

        using Stream body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using MemoryStream data = new();
        byte[] buffer = new byte[1 << 16];
        for (int count; (count = await body.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0; data.Write(buffer, 0, count))
        {
            if (data.Length + count > _limits.PartBytes)
            {
                throw TooLarge(name);
            }
        }

        return data.ToArray();
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel).ConfigureAwait(false);
        if (addresses.Length == 0 || !addresses.All(_allowed))
        {
            throw new ForbiddenAddressException();
        }

        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ApiException Refused(string name, string reason) => ApiException.Bad($"{name}: {reason}", name, "media_address_refused");

    private ApiException TooLarge(string name) => ApiException.Bad($"{name}: more than {_limits.PartBytes} bytes, the most of a picture or sound", name, "media_too_large");

    private sealed class ForbiddenAddressException : Exception;
}
