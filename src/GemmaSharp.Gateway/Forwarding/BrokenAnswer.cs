using System.Net;
using GemmaSharp.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GemmaSharp.Gateway.Forwarding;

/// <summary>
/// How an answer ends whose replica breaks off after it began: a stream of events by an error event, as a server ends it, all else by a broken
/// connection. YARP would break every one at once, and what the client was not sent yet would be lost: even that its answer had begun.
/// </summary>
internal sealed class BrokenAnswer : IHttpResetFeature, IDisposable
{
    private readonly HttpContext _http;
    private readonly IHttpResetFeature? _own;
    private bool _isBroken;

    /// <summary>Takes the breaking over until it is disposed.</summary>
    public BrokenAnswer(HttpContext http)
    {
        (_http, _own) = (http, http.Features.Get<IHttpResetFeature>());
        http.Features.Set<IHttpResetFeature>(this);
    }

    void IHttpResetFeature.Reset(int errorCode) => _isBroken = true;

    public void Dispose() => _http.Features.Set(_own);

    /// <summary>Ends the answer, where its replica broke off.</summary>
    public async Task EndAsync()
    {
        if (!_isBroken)
        {
            return;
        }

        if (_http.Response.ContentType?.StartsWith(EventStream.ContentType, StringComparison.OrdinalIgnoreCase) != true)
        {
            _http.Abort();
            return;
        }

        ApiException told = new(HttpStatusCode.BadGateway, "the replica went away while it answered; try again") { Code = "bad_gateway" };
        await EventStream.EndAsync(_http, told).ConfigureAwait(false);
    }
}
