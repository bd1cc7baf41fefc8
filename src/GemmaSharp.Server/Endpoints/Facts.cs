using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server.Endpoints;

/// <summary>GET /props: model and limits; GET /metrics: what the server did; GET /openapi.json: the routes.</summary>
internal static class Facts
{
    public static void Map(IEndpointRouteBuilder routes, ServerParts server)
    {
        // Told once, so that asking for it loads nothing again.
        PropsBody? props = null;
        routes.MapGet("/props", async http =>
        {
            if (props is null)
            {
                using ModelHold held = await server.Scheduler.HoldModelAsync(http.RequestAborted).ConfigureAwait(false);
                props = Props(server, held.Engine);
            }

            await http.Response.WriteAsync(props, ApiJson.Default.PropsBody).ConfigureAwait(false);
        });
        routes.MapGet("/metrics", http => PrometheusText.WriteAsync(http.Response, server.Metrics.Write(server.Scheduler, server.Model)));
        EmbeddedFile openApi = EmbeddedFile.Read("openapi.json", "application/json");
        routes.MapGet("/openapi.json", openApi.WriteAsync);
    }

    private static PropsBody Props(ServerParts server, GemmaEngine engine)
    {
        ServerLimits limits = server.Options.Limits;
        return new PropsBody(
            server.Model.Name,
            typeof(Facts).Assembly.GetName().Version?.ToString(3) ?? "",
            engine.ContextLength,
            engine.Tokens.Count,
            new ModalitiesBody(engine.HasVision, engine.HasAudio),
            server.Options.ToolFormat)
        {
            ChatTemplate = engine.TemplateSource,
            Limits = new LimitsBody(limits.Concurrent, limits.Queue, limits.BodyBytes, limits.PartBytes, limits.MediaParts, limits.Messages, limits.Choices) { AnswerTokens = limits.Tokens },
        };
    }
}
