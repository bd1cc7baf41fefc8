using System.Net;
using System.Security.Cryptography.X509Certificates;
using GemmaSharp.Server.Endpoints;
using GemmaSharp.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GemmaSharp.Server;

/// <summary>The HTTP server: Kestrel, the guard before everything, and the list of routes.</summary>
internal sealed class ServerApp : IAsyncDisposable
{
    private static readonly TimeSpan HeadersLimit = TimeSpan.FromSeconds(15);
    private static readonly Action<IEndpointRouteBuilder, ServerParts>[] Routes =
    [
        Health.Map, Models.Map, ChatCompletions.Map, Completions.Map, Embeddings.Map, Tokens.Map, Facts.Map,
        AnthropicChat.Map, Responses.Map, Transcriptions.Map, Page.Map,
    ];

    private readonly WebApplication _app;
    private readonly ServerParts _parts;

    private ServerApp(WebApplication app, ServerParts parts) => (_app, _parts) = (app, parts);

    /// <summary>Where the server listens, once it is started.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>A server that is not started.</summary>
    /// <param name="options">Where it listens, who may ask, how much.</param>
    /// <param name="model">The model.</param>
    /// <param name="log">Takes one line for each error that nobody foresaw.</param>
    /// <exception cref="ArgumentException">Options that do not go together, or are not safe.</exception>
    public static ServerApp Create(ServerOptions options, ServedModel model, Action<string> log)
    {
        ListenAddress listen = ListenAddress.From(options);
        ServerParts parts = new(options, model, log);

        // An empty builder: no settings file or variable of the place it is started in changes where it listens.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "GemmaSharp.Server" });
        builder.WebHost.UseKestrelCore();
        if (options.TlsCertificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options, listen));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.Limits.ShutdownSeconds));
        WebApplication app = builder.Build();
        Guard guard = new(options, listen, log);
        app.Use(next => http => CountAsync(http, next, parts.Metrics));
        app.Use(next => http => guard.InvokeAsync(http, next));
        app.UseRouting();
        Array.ForEach(Routes, map => map(app, parts));
        return new ServerApp(app, parts);
    }

    public Task StartAsync(CancellationToken cancel) => _app.StartAsync(cancel);

    /// <summary>Takes no new connections, lets running answers finish for the time the options give, then ends them.</summary>
    public async Task StopAsync()
    {
        // A little before the host gives up, so that streams still get their last event.
        using Timer end = new(_ => _parts.Scheduler.Close(), null, TimeSpan.FromSeconds(_parts.Options.Limits.ShutdownSeconds * 0.9), Timeout.InfiniteTimeSpan);
        await _app.StopAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _parts.Scheduler.Close();
        await _app.DisposeAsync().ConfigureAwait(false);
        _parts.Dispose();
    }

    private static void Configure(KestrelServerOptions kestrel, ServerOptions options, ListenAddress listen)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.Limits.BodyBytes;
        kestrel.Limits.MaxConcurrentConnections = options.Limits.Connections;
        kestrel.Limits.RequestHeadersTimeout = HeadersLimit;
        if (listen.Address is IPAddress address)
        {
            kestrel.Listen(address, listen.Port, endpoint => Secure(endpoint, options));
        }
        else if (listen.Port == 0)
        {
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => Secure(endpoint, options));
        }
        else
        {
            kestrel.ListenLocalhost(listen.Port, endpoint => Secure(endpoint, options));
        }
    }

    private static void Secure(ListenOptions endpoint, ServerOptions options)
    {
        if (options is { TlsCertificate: string certificate, TlsKey: string key })
        {
            endpoint.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key));
        }
    }

    private static async Task CountAsync(HttpContext http, RequestDelegate next, Metrics metrics)
    {
        try
        {
            await next(http).ConfigureAwait(false);
        }
        finally
        {
            // The pattern, never the path that was asked: a client must not make labels.
            string route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other";
            const int clientGone = 499;
            metrics.SeeRequest(route, http.RequestAborted.IsCancellationRequested ? clientGone : http.Response.StatusCode);
        }
    }

    // Signals are the business of the program that started the server.
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
