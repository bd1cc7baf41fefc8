using System.Net;
using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server.Endpoints;

/// <summary>GET /health: the process lives; GET /ready: it can answer.</summary>
internal static class Health
{
    public static void Map(IEndpointRouteBuilder routes, ServerParts server)
    {
        routes.MapGet("/health", http => http.Response.WriteAsync(new StatusBody("ok", server.Model.State), ApiJson.Default.StatusBody));
        routes.MapGet("/ready", http => server.Model.IsReady
            ? http.Response.WriteAsync(new StatusBody("ready", server.Model.State), ApiJson.Default.StatusBody)
            : throw new ApiException(HttpStatusCode.ServiceUnavailable, "the model is not loaded yet, or the server is ending") { RetryAfter = 2, Code = "unavailable" });
    }
}
