using System.Net;
using System.Net.Sockets;
using System.Text;
using GemmaSharp.Server;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Media;

namespace GemmaSharp.Tests.Server.Media;

/// <summary>Fetched pictures: from a machine of this test where that is allowed, and never from one that is not public.</summary>
public sealed class MediaFetchTests
{
    private static readonly ServerLimits Limits = new() { PartBytes = 1000, FetchSeconds = 2 };

    [Theory]
    [InlineData("http://127.0.0.1:PORT/")]
    [InlineData("http://localhost:PORT/")]
    [InlineData("http://localhost.:PORT/")]
    [InlineData("http://127.1:PORT/")]
    [InlineData("http://0:PORT/")]
    [InlineData("http://2130706433:PORT/")]
    [InlineData("http://0x7f000001:PORT/")]
    [InlineData("http://0177.0.0.1:PORT/")]
    [InlineData("http://[::1]:PORT/")]
    [InlineData("http://[::ffff:127.0.0.1]:PORT/")]
    [InlineData("http://%31%32%37.0.0.1:PORT/")]
    [InlineData("http://１２７.0.0.1:PORT/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://user@127.0.0.1:PORT/")]
    [InlineData("https://127.0.0.1:PORT/")]
    public async Task Read_AddressThatIsNotPublic_RefusedWithoutAConnection(string address)
    {
        using Site site = new(_ => Reply(200, "image/png", "x"));
        using MediaFetch fetch = new(Limits);

        // Notations that are no address at all are refused earlier still.
        Exception? error = !Uri.TryCreate(address.Replace("PORT", $"{site.Port}", StringComparison.Ordinal), UriKind.Absolute, out Uri? uri)
            ? new UriFormatException()
            : await Record.ExceptionAsync(() => fetch.ReadAsync(uri, "part", CancellationToken.None));

        Assert.True(error is UriFormatException or ApiException { Code: "media_address_refused" }, $"{error}");
        Assert.Equal(0, site.Requests);
    }

    [Fact]
    public async Task Read_Allowed_GivesTheBytes()
    {
        using Site site = new(_ => Reply(200, "image/png", "bytes"));
        using MediaFetch fetch = new(Limits, IPAddress.IsLoopback);

        Assert.Equal("bytes"u8.ToArray(), await fetch.ReadAsync(site.Address, "part", CancellationToken.None));
    }

    [Theory]
    [InlineData("a status", "404")]
    [InlineData("a page", "neither a picture nor a sound")]
    [InlineData("too large by its head", "more than 1000 bytes")]
    [InlineData("too large by its body", "more than 1000 bytes")]
    [InlineData("circle", "redirects")]
    [InlineData("to a scheme", "http: or https:")]
    [InlineData("to another machine", "not public")]
    [InlineData("slow", "within 2 seconds")]
    public async Task Read_AnswerThatIsNoPicture_SaysWhy(string kind, string reason)
    {
        using Site site = new(path => kind switch
        {
            "a status" => Reply(404, "image/png", ""),
            "a page" => Reply(200, "text/html", "<html>"),
            "too large by its head" => "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99999999\r\n\r\n",
            "too large by its body" => $"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\n\r\n{new string('x', 5000)}",
            "circle" => "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n",
            "to a scheme" => "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
            "to another machine" => "HTTP/1.1 307 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 50\r\n\r\nslow",
        });
        using MediaFetch fetch = new(Limits, IPAddress.IsLoopback);

        ApiException error = await Assert.ThrowsAsync<ApiException>(() => fetch.ReadAsync(site.Address, "messages[0]", CancellationToken.None));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal("messages[0]", error.Parameter);
    }

    private static string Reply(int status, string type, string body) => $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    // A site that answers every request with the same text and then waits for the other side to leave.
    private sealed class Site : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private int _requests;

        public Site(Func<string, string> answer)
        {
            _listener.Start();
            _ = AcceptAsync(answer);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public Uri Address => new($"http://127.0.0.1:{Port}/picture.png");

        public int Requests => Volatile.Read(ref _requests);

        public void Dispose() => _listener.Stop();

        private async Task AcceptAsync(Func<string, string> answer)
        {
            try
            {
                while (true)
                {
                    TcpClient client = await _listener.AcceptTcpClientAsync();
                    Interlocked.Increment(ref _requests);
                    _ = Task.Run(() => ServeAsync(client, answer));
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The listener was stopped.
            }
        }

        private static async Task ServeAsync(TcpClient client, Func<string, string> answer)
        {
            using (client)
            {
                NetworkStream stream = client.GetStream();
                byte[] buffer = new byte[4096];
                int count = await stream.ReadAsync(buffer);
                string text = answer(Encoding.ASCII.GetString(buffer, 0, count));
                await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
                if (text.Contains("Connection: close", StringComparison.Ordinal))
                {
                    return;
                }

                while (await stream.ReadAsync(buffer) > 0)
                {
                }
            }
        }
    }
}
