using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GemmaSharp.Tests.Hub;

/// <summary>A server on the loopback address that speaks the hub's protocol: listings, HEAD with hashes, redirects to a second host, ranges.</summary>
internal sealed class LocalHub : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    private readonly WebApplication _hub;
    private readonly WebApplication _storage;

    private LocalHub(WebApplication hub, WebApplication storage) => (_hub, _storage) = (hub, storage);

    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Names that stand in for the real ones in the listing.</summary>
    public List<string> ExtraNames { get; } = [];

    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>What the storage host saw of the Authorization header.</summary>
    public ConcurrentQueue<string> StorageTokens { get; } = [];

    /// <summary>Bytes after which the storage breaks off, once per entry.</summary>
    public ConcurrentQueue<int> Breaks { get; } = [];

    /// <summary>Answers of the hub before it behaves: status, X-Error-Code.</summary>
    public ConcurrentQueue<(int Status, string Code)> Refusals { get; } = [];

    public bool IgnoresRanges { get; set; }

    /// <summary>Sends other bytes than announced.</summary>
    public bool Lies { get; set; }

    public string? Token { get; set; }

    public Uri Address => new(_hub.Urls.First());

    public static async Task<LocalHub> StartAsync()
    {
        LocalHub local = new(Server("http://127.0.0.1:0"), Server("http://127.0.0.1:0"));
        local._hub.Map("/{**path}", local.AnswerAsync);
        local._storage.Map("/{**path}", local.SendAsync);
        await local._storage.StartAsync();
        await local._hub.StartAsync();
        return local;
    }

#pragma warning disable CA5350 // git names its blobs by SHA-1
    public static string Etag(byte[] data, bool large) => Convert.ToHexStringLower(large
        ? SHA256.HashData(data)
        : SHA1.HashData([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {data.Length}\0")), .. data]));
#pragma warning restore CA5350

    public static bool IsLarge(byte[] data) => data.Length > 1000;

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _storage.DisposeAsync();
    }

    private static WebApplication Server(string address)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication server = builder.Build();
        server.Urls.Add(address);
        return server;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        Requests.Enqueue($"{context.Request.Method} {path}");
        if (Refusals.TryDequeue(out (int Status, string Code) refusal))
        {
            context.Response.Headers["X-Error-Code"] = refusal.Code;
            context.Response.Headers.RetryAfter = "0";
            context.Response.StatusCode = refusal.Status;
            return;
        }

        if (Token is not null && context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            context.Response.StatusCode = 401;
            return;
        }

        if (path.StartsWith("/api/models/", StringComparison.Ordinal))
        {
            await context.Response.WriteAsJsonAsync(new { sha = Commit, siblings = Files.Keys.Concat(ExtraNames).Select(name => new { rfilename = name }) });
            return;
        }

        string name = path[(path.IndexOf("/resolve/main/", StringComparison.Ordinal) + "/resolve/main/".Length)..];
        if (!Files.TryGetValue(name, out byte[]? data))
        {
            context.Response.Headers["X-Error-Code"] = "EntryNotFound";
            context.Response.StatusCode = 404;
            return;
        }

        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (IsLarge(data))
        {
            context.Response.Headers["X-Linked-Etag"] = $"\"{Etag(data, large: true)}\"";
            context.Response.Headers["X-Linked-Size"] = data.Length.ToString(CultureInfo.InvariantCulture);
            context.Response.Redirect($"{_storage.Urls.First()}/{name}?signed=1");
            return;
        }

        context.Response.Headers.ETag = $"W/\"{Etag(data, large: false)}\"";
        await WriteAsync(context, data, 0);
    }

    private async Task SendAsync(HttpContext context)
    {
        StorageTokens.Enqueue(context.Request.Headers.Authorization.ToString());
        byte[] data = Files[context.Request.Path.Value![1..]];
        data = Lies ? [.. data.Select(value => (byte)~value)] : data;
        int from = 0;
        if (!IgnoresRanges && context.Request.Headers.Range.ToString() is { Length: > 0 } range)
        {
            from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{data.Length - 1}/{data.Length}";
        }

        Requests.Enqueue($"DATA {from}");
        if (Breaks.TryDequeue(out int most))
        {
            context.Response.ContentLength = data.Length - from;
            await context.Response.Body.WriteAsync(data.AsMemory(from, most));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }

        await WriteAsync(context, data, from);
    }

    private static async Task WriteAsync(HttpContext context, byte[] data, int from)
    {
        context.Response.ContentLength = data.Length - from;
        if (context.Request.Method != "HEAD")
        {
            await context.Response.Body.WriteAsync(data.AsMemory(from));
        }
    }
}
