using GemmaSharp.Gateway.Balancing;
using GemmaSharp.Gateway.Forwarding;
using GemmaSharp.Gateway.Replicas;

namespace GemmaSharp.Gateway;

/// <summary>What a gateway's requests work with.</summary>
internal sealed class GatewayParts : IDisposable
{
    public GatewayParts(GatewayOptions options)
    {
        Options = options;
        Balancer = new Balancer(Replicas, options.Limits.Slack);
        Owners = new ResponseOwners(options.Limits.ResponseIds);
        Room = new BufferRoom(options.Limits.AllBufferedBytes);
    }

    public GatewayOptions Options { get; }

    public ReplicaSet Replicas { get; } = new();

    public Balancer Balancer { get; }

    public ResponseOwners Owners { get; }

    public BufferRoom Room { get; }

    public GatewayMetrics Metrics { get; } = new();

    /// <summary>Speaks to replicas.</summary>
    public HttpMessageInvoker Client { get; } = ReplicaClient.Create();

    public void Dispose() => Client.Dispose();
}
