using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using GemmaSharp.Gateway.Replicas;
using GemmaSharp.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Gateway;

/// <summary>GET /gateway/replicas; POST /gateway/drain and /gateway/resume: what an operator sees and says of replicas.</summary>
internal static class Admin
{
    public static readonly PathString Path = new("/gateway");

    public static void Map(IEndpointRouteBuilder routes, GatewayParts gateway)
    {
        if (gateway.Options.AdminKeys.Count == 0)
        {
            routes.Map($"{Path}/{{**rest}}", (RequestDelegate)(_ => throw new ApiException(HttpStatusCode.Forbidden, "calls of operators are off (--admin-key-file turns them on)") { Code = "admin_off" }));
            return;
        }

        routes.MapGet($"{Path}/replicas", http => http.Response.WriteAsync(new ReplicaList([.. gateway.Replicas.Current.Select(Body)]), AdminJson.Default.ReplicaList));
        routes.MapPost($"{Path}/drain", http => DrainAsync(http, gateway.Replicas, draining: true));
        routes.MapPost($"{Path}/resume", http => DrainAsync(http, gateway.Replicas, draining: false));
    }

    private static async Task DrainAsync(HttpContext http, ReplicaSet replicas, bool draining)
    {
        // A page of another site can send no body of this type unasked.
        RequestBody.CheckType(http.Request, "application/json");
        ReplicaChoice? choice = await JsonSerializer.DeserializeAsync(http.Request.Body, AdminJson.Default.ReplicaChoice, http.RequestAborted).ConfigureAwait(false);
        Replica replica = replicas.Find(choice?.Replica ?? "")
            ?? throw new ApiException(HttpStatusCode.NotFound, $"replica '{choice?.Replica}' found, one of {string.Join(", ", replicas.Current.Select(one => one.Name))} expected") { Parameter = "replica" };
        replica.IsDraining = draining;
        await http.Response.WriteAsync(Body(replica), AdminJson.Default.ReplicaBody).ConfigureAwait(false);
    }

    private static ReplicaBody Body(Replica one) => new(one.Name, one.IsReady, one.IsDraining, one.Running, one.Requests, one.Failures);
}

/// <summary>A replica, as an operator sees it.</summary>
internal sealed record ReplicaBody(string Replica, bool Ready, bool Draining, int Running, long Requests, long Failures);

/// <summary>All of them.</summary>
internal sealed record ReplicaList(IReadOnlyList<ReplicaBody> Replicas);

/// <summary>The one that is meant.</summary>
internal sealed record ReplicaChoice(string? Replica);

/// <summary>How they are written and read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReplicaList))]
[JsonSerializable(typeof(ReplicaChoice))]
internal sealed partial class AdminJson : JsonSerializerContext;
