using GemmaSharp.Gateway.Forwarding;
using GemmaSharp.Gateway.Replicas;
using GemmaSharp.Server;
using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace GemmaSharp.Gateway;

/// <summary>The gateway: the guard before everything, a few answers of its own, and replicas for all else.</summary>
internal sealed class GatewayApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GatewayParts _parts;
    private readonly HealthChecks _checks;
    private readonly CancellationTokenSource _ending = new();
    private Task _checking = Task.CompletedTask;
    private volatile bool _retired;

    private GatewayApp(GatewayOptions options, Action<string> log)
    {
        ListenAddress listen = ListenAddress.From(options);
        GatewayLimits limits = options.Limits;
        _parts = new GatewayParts(options);
        _checks = new HealthChecks(_parts.Replicas, options, _parts.Client, log);
        WebApplicationBuilder builder = WebHost.CreateBuilder(options, listen, new HostBounds(limits.BodyBytes, limits.Connections, limits.ShutdownSeconds));
        builder.Services.AddHttpForwarder();
        _app = builder.Build();
        Guard guard = new(options, listen, log), admin = new(options with { ApiKeys = options.AdminKeys }, listen, log);
        _app.SeeRequests((_, status) => _parts.Metrics.SeeRequest(status));
        _app.Use(next => http => (http.Request.Path.StartsWithSegments(Admin.Path) ? admin : guard).InvokeAsync(http, next));
        _app.UseRouting();
        Map();
    }

    /// <summary>Where the gateway listens, once it is started.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>A gateway that is not started.</summary>
    /// <param name="options">Where it listens, who may ask, which replicas answer.</param>
    /// <param name="log">Takes one line for each change of a replica and each error that nobody foresaw.</param>
    /// <exception cref="ArgumentException">Options that do not go together, or are not safe.</exception>
    public static GatewayApp Create(GatewayOptions options, Action<string> log) => new(options, log);

    /// <summary>Looks at every replica once, then listens.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        await _checks.BeginAsync(cancel).ConfigureAwait(false);
        _checking = _checks.RunAsync(_ending.Token);
        await _app.StartAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Says that it is not ready, for balancers to see, then takes no new connections and lets running answers finish for the time the options give.</summary>
    public async Task StopAsync()
    {
        _retired = true;
        await Task.Delay(TimeSpan.FromSeconds(_parts.Options.Limits.DrainSeconds)).ConfigureAwait(false);
        await _app.StopAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _checking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync().ConfigureAwait(false);
        _parts.Dispose();
        _ending.Dispose();
    }

    private void Map()
    {
        RequestForwarder forwarder = new(_parts, _app.Services.GetRequiredService<IHttpForwarder>());
        _app.MapGet("/health", http => http.Response.WriteAsync(new StatusBody("ok"), ApiJson.Default.StatusBody));
        _app.MapGet("/ready", http => !_retired && _parts.Replicas.Current.Any(one => one.TakesRequests)
            ? http.Response.WriteAsync(new StatusBody("ready"), ApiJson.Default.StatusBody)
            : throw ApiException.Unavailable("no replica is ready, or the gateway is ending"));
        _app.MapGet("/metrics", http => PrometheusText.WriteAsync(http.Response, _parts.Metrics.Write(_parts)));
        Admin.Map(_app, _parts);
        _app.Map("/{**rest}", forwarder.InvokeAsync);
    }
}
