using System.Net;
using System.Net.Http.Headers;
using GemmaSharp.Gateway.Replicas;
using GemmaSharp.Server.Endpoints;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace GemmaSharp.Gateway.Forwarding;

/// <summary>One try at one replica: what its request bears, and whether its answer is passed on.</summary>
internal sealed class ReplicaTransformer(Replica replica, string? key) : HttpTransformer
{
    /// <summary>Statuses after which another replica is asked instead.</summary>
    public required IReadOnlyCollection<HttpStatusCode> Refusals { get; init; }

    /// <summary>Takes the id of a response that the replica stores.</summary>
    public required Action<string> SeeStored { get; init; }

    /// <summary>The refusal that was not passed on; null where an answer was.</summary>
    public HttpStatusCode? Refused { get; private set; }

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        proxyRequest.Headers.Host = new Uri(replica.Name).Authority;
        if (key is not null)
        {
            proxyRequest.Headers.Remove("X-Api-Key");
            proxyRequest.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null && Refusals.Contains(proxyResponse.StatusCode))
        {
            Refused = proxyResponse.StatusCode;
            return ValueTask.FromResult(false);
        }

        if (proxyResponse is not null)
        {
            foreach (KeyValuePair<string, IEnumerable<string>> header in proxyResponse.Headers)
            {
                httpContext.Response.Headers.Remove(header.Key); // the guard's own would stand beside it
            }

            if (proxyResponse.Headers.TryGetValues(Responses.IdHeader, out IEnumerable<string>? ids))
            {
                SeeStored(ids.First());
            }
        }

        return base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }
}
