using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Tests.Gateway;

/// <summary>A server that says its address, or what a test wants of it.</summary>
internal sealed class FakeReplica : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeReplica(WebApplication app) => _app = app;

    /// <summary>What /ready says.</summary>
    public bool IsReady { get; set; } = true;

    /// <summary>What it answers with.</summary>
    public Func<HttpContext, Task>? Answer { get; set; }

    /// <summary>Bodies that came, in order.</summary>
    public ConcurrentQueue<string> Seen { get; } = [];

    /// <summary>Authorization headers that came.</summary>
    public ConcurrentQueue<string> Keys { get; } = [];

    public string Address => _app.Urls.First();

    public static async Task<FakeReplica> StartAsync(Func<HttpContext, Task>? answer = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        FakeReplica replica = new(app) { Answer = answer };
        app.Run(replica.InvokeAsync);
        await app.StartAsync();
        return replica;
    }

    public static async Task<FakeReplica[]> StartManyAsync(int count) => await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StartAsync()));

    /// <summary>A handler that refuses by a status.</summary>
    public static Func<HttpContext, Task> Refuse(int status) => http =>
    {
        http.Response.StatusCode = status;
        http.Response.Headers["X-Left-Over"] = "of the refusal";
        return http.Response.WriteAsync("refused");
    };

    /// <summary>A handler that ends the connection before it says anything.</summary>
    public static Task Reset(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task InvokeAsync(HttpContext http)
    {
        if (http.Request.Path == "/ready")
        {
            http.Response.StatusCode = IsReady ? 200 : 503;
            return;
        }

        using StreamReader reader = new(http.Request.Body);
        Seen.Enqueue(await reader.ReadToEndAsync());
        Keys.Enqueue(http.Request.Headers.Authorization.ToString());
        await (Answer?.Invoke(http) ?? http.Response.WriteAsync(Address));
    }
}
