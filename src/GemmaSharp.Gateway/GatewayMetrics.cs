using System.Globalization;
using System.Text;
using GemmaSharp.Gateway.Replicas;
using static GemmaSharp.Server.Http.PrometheusText;

namespace GemmaSharp.Gateway;

/// <summary>What the gateway did, in Prometheus' text form. Labels are statuses and replicas, so that their number is bounded.</summary>
internal sealed class GatewayMetrics
{
    private static readonly (string Name, string Type, string Help, Func<Replica, long> Value)[] OfReplicas =
    [
        ("gemmasharp_gateway_replica_ready", "gauge", "Whether the replica is ready.", one => one.IsReady ? 1 : 0),
        ("gemmasharp_gateway_replica_draining", "gauge", "Whether the replica gets no new requests.", one => one.IsDraining ? 1 : 0),
        ("gemmasharp_gateway_replica_running", "gauge", "Requests that the replica answers now.", one => one.Running),
        ("gemmasharp_gateway_replica_requests_total", "counter", "Requests handed to the replica.", one => one.Requests),
        ("gemmasharp_gateway_replica_failures_total", "counter", "Requests that the replica took and did not answer.", one => one.Failures),
    ];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, long> _requests = [];
    private long _retries;

    /// <summary>Counts a request.</summary>
    public void SeeRequest(int status)
    {
        lock (_gate)
        {
            _requests[status] = _requests.GetValueOrDefault(status) + 1;
        }
    }

    /// <summary>Counts a request's try at a replica, the first of which is no retry.</summary>
    public void SeeTry(int number)
    {
        if (number > 1)
        {
            Interlocked.Increment(ref _retries);
        }
    }

    public string Write(GatewayParts gateway)
    {
        StringBuilder text = new();
        lock (_gate)
        {
            Head(text, "gemmasharp_gateway_requests_total", "counter", "Requests by status.");
            foreach ((int status, long count) in _requests)
            {
                text.Append(CultureInfo.InvariantCulture, $"gemmasharp_gateway_requests_total{{status=\"{status}\"}} {count}\n");
            }
        }

        One(text, "gemmasharp_gateway_retries_total", "counter", "Requests handed to another replica after one failed or refused.", Volatile.Read(ref _retries));
        One(text, "gemmasharp_gateway_held_bytes", "gauge", "Bytes of bodies that are held.", gateway.Room.Taken);
        One(text, "gemmasharp_gateway_memory_bytes", "gauge", "Memory of the process.", Environment.WorkingSet);
        foreach ((string name, string type, string help, Func<Replica, long> value) in OfReplicas)
        {
            Head(text, name, type, help);
            foreach (Replica replica in gateway.Replicas.Current)
            {
                text.Append(CultureInfo.InvariantCulture, $"{name}{{replica=\"{replica.Name}\"}} {value(replica)}\n");
            }
        }

        return text.ToString();
    }
}
