using GemmaSharp.Server.Endpoints;
using GemmaSharp.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server;

/// <summary>The HTTP server: Kestrel, the guard before everything, and the list of routes.</summary>
internal sealed class ServerApp : IAsyncDisposable
{
    private static readonly Action<IEndpointRouteBuilder, ServerParts>[] Routes =
    [
        Health.Map, Models.Map, ChatCompletions.Map, Completions.Map, Embeddings.Map, Tokens.Map, Facts.Map,
        AnthropicChat.Map, Responses.Map, Transcriptions.Map, Page.Map,
    ];

    // After running answers were ended, so that streams still get their last event; they end within a step.
    private const int LastEventSeconds = 2;

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

        ServerLimits limits = options.Limits;
        WebApplication app = WebHost.CreateBuilder(options, listen, new HostBounds(limits.BodyBytes, limits.Connections, limits.ShutdownSeconds + LastEventSeconds)).Build();
        Guard guard = new(options, listen, log);
        app.SeeRequests((http, status) => parts.Metrics.SeeRequest(Route(http), status));
        app.Use(next => http => guard.InvokeAsync(http, next));
        app.UseRouting();
        Array.ForEach(Routes, map => map(app, parts));
        return new ServerApp(app, parts);
    }

    public Task StartAsync(CancellationToken cancel) => _app.StartAsync(cancel);

    /// <summary>Says that it is not ready, for balancers to see, then takes no new connections, lets running answers finish for the time the options give, then ends them.</summary>
    public async Task StopAsync()
    {
        _parts.Model.Retire();
        await Task.Delay(TimeSpan.FromSeconds(_parts.Options.Limits.DrainSeconds)).ConfigureAwait(false);

        using Timer end = new(_ => _parts.Scheduler.Close(), null, TimeSpan.FromSeconds(_parts.Options.Limits.ShutdownSeconds), Timeout.InfiniteTimeSpan);
        await _app.StopAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _parts.Scheduler.Close();
        await _app.DisposeAsync().ConfigureAwait(false);
        _parts.Dispose();
    }

    // The pattern, never the path that was asked: a client must not make labels.
    private static string Route(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other";
}
