using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GemmaSharp.Server.Http;

/// <summary>Kestrel at one address, with bounds and nothing else.</summary>
internal static class WebHost
{
    private static readonly TimeSpan HeadersLimit = TimeSpan.FromSeconds(15);

    /// <summary>A host that is not built: no settings file or variable of the place it is started in changes where it listens.</summary>
    public static WebApplicationBuilder CreateBuilder(ListeningOptions options, ListenAddress listen, HostBounds bounds)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "GemmaSharp.Server" });
        builder.WebHost.UseKestrelCore();
        if (options.TlsCertificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = bounds.BodyBytes;
            kestrel.Limits.MaxConcurrentConnections = bounds.Connections;
            kestrel.Limits.RequestHeadersTimeout = HeadersLimit;
            Listen(kestrel, options, listen);
        });
        if (options.Transport is IConnectionListenerFactory transport)
        {
            builder.Services.AddSingleton(transport);
        }

        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(bounds.ShutdownSeconds));
        return builder;
    }

    private static void Listen(KestrelServerOptions kestrel, ListeningOptions options, ListenAddress listen)
    {
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

    private static void Secure(ListenOptions endpoint, ListeningOptions options)
    {
        if (options is { TlsCertificate: string certificate, TlsKey: string key })
        {
            endpoint.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key));
        }
    }

    // Signals are the business of the program that started the server.
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>How much a host takes: bytes of a body, open connections, seconds that running requests have when it stops.</summary>
internal sealed record HostBounds(long BodyBytes, int Connections, int ShutdownSeconds);
