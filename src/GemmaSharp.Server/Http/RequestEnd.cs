using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Http;

/// <summary>Tells how requests end.</summary>
internal static class RequestEnd
{
    // What proxies write where the client has gone; nobody gets it.
    private const int ClientGone = 499;

    /// <summary>Calls with every request that has ended and its status.</summary>
    public static void SeeRequests(this WebApplication app, Action<HttpContext, int> see) => app.Use(next => async http =>
    {
        try
        {
            await next(http).ConfigureAwait(false);
        }
        finally
        {
            see(http, http.RequestAborted.IsCancellationRequested ? ClientGone : http.Response.StatusCode);
        }
    });
}
