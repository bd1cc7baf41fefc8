using System.Net;
using GemmaSharp.Gateway.Balancing;
using GemmaSharp.Gateway.Replicas;
using GemmaSharp.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace GemmaSharp.Gateway.Forwarding;

/// <summary>Hands a request to a replica, and to another one while nothing of an answer has begun: an answer has no effect but itself, so it may be made twice.</summary>
internal sealed class RequestForwarder(GatewayParts gateway, IHttpForwarder forwarder)
{
    private const int RetrySeconds = 2;
    private static readonly HttpStatusCode[] Busy = [HttpStatusCode.ServiceUnavailable, HttpStatusCode.TooManyRequests];
    private readonly ForwarderRequestConfig _config = new()
    {
        ActivityTimeout = TimeSpan.FromSeconds(gateway.Options.Limits.SilenceSeconds),
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public async Task InvokeAsync(HttpContext http)
    {
        ReplayBody body = await ReplayBody.ReadAsync(http, gateway.Options.Limits, gateway.Room).ConfigureAwait(false);
        http.Request.Body = body;
        Affinity affinity = Affinity.Read(http.Request, body.Whole);
        if (Keeper(affinity.ResponseId, http) is Replica keeper)
        {
            keeper.Enter();
            if (await TryAsync(http, body, keeper, []).ConfigureAwait(false) is not null)
            {
                throw ApiException.Unavailable("the replica that keeps this response cannot be reached");
            }

            return;
        }

        await SearchAsync(http, body, affinity).ConfigureAwait(false);
    }

    private async Task SearchAsync(HttpContext http, ReplayBody body, Affinity affinity)
    {
        HashSet<Replica> tried = [];
        HttpStatusCode? problem = null;

        // An id that nobody remembers here may be known to any of them.
        HttpStatusCode[] refusals = affinity.ResponseId is null ? Busy : [.. Busy, HttpStatusCode.NotFound];
        while (body.CanReplay && gateway.Balancer.Enter(affinity.Conversation, tried) is Replica replica)
        {
            tried.Add(replica);
            gateway.Metrics.SeeTry(tried.Count);
            problem = await TryAsync(http, body, replica, gateway.Balancer.HasAnother(tried) ? refusals : []).ConfigureAwait(false);
            if (problem is null)
            {
                return;
            }
        }

        throw !body.CanReplay ? new ApiException(HttpStatusCode.BadGateway, "the replica went away while it was sent this long request; try again") { Code = "bad_gateway" }
            : problem is HttpStatusCode.TooManyRequests ? new ApiException(HttpStatusCode.TooManyRequests, "every replica is busy; try again later") { RetryAfter = RetrySeconds, Code = "queue_full" }
            : ApiException.Unavailable("no replica can answer now");
    }

    // What kept the replica from answering, and then the response is as it was; null where it answered, or began to.
    private async Task<HttpStatusCode?> TryAsync(HttpContext http, ReplayBody body, Replica replica, IReadOnlyCollection<HttpStatusCode> refusals)
    {
        int key = ApiKeys.Owner(http);
        ReplicaTransformer transformer = new(replica, gateway.Options.ReplicaKey) { Refusals = refusals, SeeStored = id => gateway.Owners.Remember(id, replica, key) };
        body.Rewind();
        using BrokenAnswer broken = new(http);
        ForwarderError error;
        try
        {
            error = await forwarder.SendAsync(http, replica.Name, gateway.Client, _config, transformer, http.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            replica.Leave();
        }

        http.RequestAborted.ThrowIfCancellationRequested();
        if (error == ForwarderError.ResponseBodyDestination || (error is ForwarderError.Request or ForwarderError.RequestBodyDestination && !http.Response.HasStarted))
        {
            replica.Fail();
        }

        if (http.Response.HasStarted || (error == ForwarderError.None && transformer.Refused is null))
        {
            await broken.EndAsync().ConfigureAwait(false);
            return null;
        }

        http.Response.StatusCode = StatusCodes.Status200OK; // YARP sends nothing where another status stands
        http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        return error switch
        {
            ForwarderError.RequestTimedOut => throw new ApiException(HttpStatusCode.GatewayTimeout, "the replica said nothing for too long (--silence-seconds)") { Code = "timeout" },
            ForwarderError.RequestBodyClient => throw ApiException.Bad("the body is too long, framed wrongly, or ends early"),
            _ => transformer.Refused ?? HttpStatusCode.BadGateway,
        };
    }

    private Replica? Keeper(string? id, HttpContext http)
    {
        if (id is null)
        {
            return null;
        }

        bool sharedKey = gateway.Options is { ReplicaKey: not null, ApiKeys.Count: > 1 };
        (Replica Replica, int Key)? found = gateway.Owners.Find(id);

        // Behind one key the replicas cannot tell the clients' keys apart: what is not known to be a client's is not shown to it.
        if (sharedKey && found?.Key != ApiKeys.Owner(http))
        {
            throw ApiException.NotFound("no response of this id is known here", "response_not_found");
        }

        return found is { Replica: Replica keeper } && gateway.Replicas.Current.Contains(keeper) ? keeper : null;
    }
}
