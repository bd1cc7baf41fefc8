using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Yarp.ReverseProxy.Forwarder;

namespace GemmaSharp.Gateway.Forwarding;

/// <summary>Connections to replicas.</summary>
internal static class ReplicaClient
{
    private const int AliveSeconds = 15;
    private const int AliveProbes = 3;
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(3);

    // Names are looked up again now and then: a replica may come back at another address.
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(5);

    public static HttpMessageInvoker Create() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        PooledConnectionLifetime = ConnectionLife,
        ConnectCallback = ConnectAsync,
    });

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ConnectLimit);
        try
        {
            // An answer may be silent for long: only the network can tell that its machine is gone.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, AliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, AliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, AliveProbes);
            await socket.ConnectAsync(context.DnsEndPoint, limit.Token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception error)
        {
            socket.Dispose();
            if (error is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                throw new IOException($"{context.DnsEndPoint.Host}: no connection in {ConnectLimit.TotalSeconds:0} s");
            }

            throw;
        }
    }
}
