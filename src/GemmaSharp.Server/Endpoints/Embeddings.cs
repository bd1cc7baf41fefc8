using GemmaSharp.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server.Endpoints;

/// <summary>POST /v1/embeddings: says that this model makes none.</summary>
internal static class Embeddings
{
    public static void Map(IEndpointRouteBuilder routes, ServerParts server) => routes.MapPost(
        "/v1/embeddings",
        _ => throw ApiException.Bad($"embeddings are not supported by this model: {server.Model.Name} generates text", code: "unsupported_by_model"));
}
