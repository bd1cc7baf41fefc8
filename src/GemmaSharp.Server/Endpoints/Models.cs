using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server.Endpoints;

/// <summary>GET /v1/models and /v1/models/{id}: the one model that is served.</summary>
internal static class Models
{
    public static void Map(IEndpointRouteBuilder routes, ServerParts server)
    {
        routes.MapGet("/v1/models", http => http.Response.WriteAsync(new ModelList([Body(server.Model)]), ApiJson.Default.ModelList));
        routes.MapGet("/v1/models/{**id}", http => server.Model.Refusal(http.Request.RouteValues["id"] as string) is string refusal
            ? throw ApiException.NotFound(refusal, "model_not_found")
            : http.Response.WriteAsync(Body(server.Model), ApiJson.Default.ModelBody));
    }

    private static ModelBody Body(ServedModel model) => new(model.Name, model.Created, model.State) { Slices = model.SliceNames };

    /// <summary>Checks the name of a request's model.</summary>
    /// <exception cref="ApiException">Another model, where the server is not lenient.</exception>
    public static void Check(Fields fields, ServerParts server)
    {
        if (server.Model.Refusal(fields.Text("model")) is not string refusal)
        {
            return;
        }

        if (!server.Options.Lenient)
        {
            throw new ApiException(System.Net.HttpStatusCode.NotFound, refusal) { Parameter = "model", Code = "model_not_found" };
        }

        fields.Note(refusal, "model", "model_not_found");
    }
}
