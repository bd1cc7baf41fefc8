using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using GemmaSharp.Gateway;

namespace GemmaSharp.Tests.Gateway;

/// <summary>A gateway on a free port of this machine, and the ways tests ask it.</summary>
internal sealed class GatewayRun : IAsyncDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(50);
    private readonly GatewayApp _app;

    private GatewayRun(GatewayApp app) => _app = app;

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromMinutes(5) };

    public Uri Address => _app.Address;

    public ConcurrentQueue<string> Log { get; private init; } = [];

    public static Task<GatewayRun> StartAsync(IEnumerable<FakeReplica> replicas, Func<GatewayOptions, GatewayOptions>? change = null) =>
        StartAsync(replicas.Select(one => one.Address), change);

    public static async Task<GatewayRun> StartAsync(IEnumerable<string> replicas, Func<GatewayOptions, GatewayOptions>? change = null)
    {
        GatewayOptions options = new() { Port = 0, Replicas = [.. replicas], Limits = new GatewayLimits { CheckInterval = Often } };
        ConcurrentQueue<string> log = [];
        GatewayApp app = GatewayApp.Create(change?.Invoke(options) ?? options, log.Enqueue);
        await app.StartAsync(CancellationToken.None);
        GatewayRun run = new(app) { Log = log };
        run.Client.BaseAddress = run.Address;
        return run;
    }

    public Task StopAsync() => _app.StopAsync();

    public async Task<HttpResponseMessage> PostAsync(string path, string json, string? key = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return await Client.SendAsync(request);
    }

    /// <summary>Who answers.</summary>
    public async Task<string> AskAsync(string json, string path = "/v1/chat/completions")
    {
        using HttpResponseMessage response = await PostAsync(path, json);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {text} {string.Join('\n', Log)}");
        return text;
    }

    /// <summary>Waits until the gateway logged this.</summary>
    public async Task LoggedAsync(string text)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(3));
        while (!Log.Any(line => line.Contains(text, StringComparison.Ordinal)))
        {
            await Task.Delay(Often, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
