using System.Text.Json;
using GemmaSharp.Server.Answers;
using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server.Endpoints;

/// <summary>POST /v1/responses, GET and DELETE /v1/responses/{id}: answers that can be kept and followed.</summary>
internal sealed class Responses(ServerParts server)
{
    /// <summary>Header of an answer with its id, so that a balancer learns who keeps it without reading the body.</summary>
    public const string IdHeader = "X-Response-Id";

    public static void Map(IEndpointRouteBuilder routes, ServerParts server)
    {
        Responses responses = new(server);
        routes.MapPost("/v1/responses", responses.CreateAsync);
        routes.MapGet("/v1/responses/{id}", responses.GetAsync);
        routes.MapDelete("/v1/responses/{id}", responses.DeleteAsync);
    }

    private async Task CreateAsync(HttpContext http)
    {
        ResponseRequest request = await server.Body.ReadAsync(http, fields => new ResponseFields(server).Read(fields)).ConfigureAwait(false);
        IReadOnlyList<MessageRequest> before = request.Previous is string id ? Find(id, http, "previous_response_id").Messages : [];
        List<MessageRequest> conversation = Joined(before, request.Input);
        MessageRequest[] instructions = request.Instructions is string text ? [new MessageRequest("system", [new PartRequest("text", "instructions", text)])] : [];
        AnswerRequest answering = request.Answer with { Messages = Joined(instructions, conversation) };
        using Answer answer = await server.Answers.BeginAsync(answering, http).ConfigureAwait(false);
        ResponseDraft draft = new(request, server.Model.Name, Findings.Warnings(http));
        http.Response.Headers[IdHeader] = draft.Id;
        if (request.Answer.Stream)
        {
            await new EventStream(http, server.Log).SendAsync(events => StreamAsync(new ResponseEvents(events, draft), draft, answer, conversation, http)).ConfigureAwait(false);
            return;
        }

        await foreach (AnswerEvent piece in answer.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            draft.Add(piece);
        }

        ResponseBody body = draft.Finish(answer.Counts);
        Keep(draft, body, conversation, http);
        await http.Response.WriteAsync(body, ApiJson.Default.ResponseBody).ConfigureAwait(false);
    }

    private async Task StreamAsync(ResponseEvents events, ResponseDraft draft, Answer answer, List<MessageRequest> conversation, HttpContext http)
    {
        await events.BeginAsync().ConfigureAwait(false);
        await foreach (AnswerEvent piece in answer.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            draft.Add(piece);
            await events.TextAsync(piece.Text).ConfigureAwait(false);
        }

        ResponseBody body = draft.Finish(answer.Counts);
        Keep(draft, body, conversation, http);
        await events.EndAsync(body).ConfigureAwait(false);
    }

    private Task GetAsync(HttpContext http)
    {
        StoredResponse found = Find(http.Request.RouteValues["id"] as string ?? "", http, null);
        http.Response.ContentType = "application/json";
        return http.Response.Body.WriteAsync(found.Body, http.RequestAborted).AsTask();
    }

    private Task DeleteAsync(HttpContext http)
    {
        StoredResponse found = Find(http.Request.RouteValues["id"] as string ?? "", http, null);
        server.Responses.Remove(found);
        return http.Response.WriteAsync(new DeletedBody(found.Id), ApiJson.Default.DeletedBody);
    }

    private StoredResponse Find(string id, HttpContext http, string? parameter) => server.Responses.Find(id, ApiKeys.Owner(http))
        ?? throw new ApiException(System.Net.HttpStatusCode.NotFound, "no response of this id is kept; the oldest are forgotten first") { Parameter = parameter, Code = "response_not_found" };

    private void Keep(ResponseDraft draft, ResponseBody body, List<MessageRequest> conversation, HttpContext http)
    {
        if (body.Store)
        {
            MessageRequest turn = new("assistant", [new PartRequest("text", "output", draft.Turn(server.Options.ToolFormat))]);
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Default.ResponseBody);
            server.Responses.Add(new StoredResponse(body.Id, ApiKeys.Owner(http), json, [.. conversation, turn]));
        }
    }

    // Turns of the same role that meet are one.
    private static List<MessageRequest> Joined(IReadOnlyList<MessageRequest> before, IReadOnlyList<MessageRequest> after) =>
        before.Count > 0 && after.Count > 0 && before[^1].Role == after[0].Role
            ? [.. before.SkipLast(1), before[^1] with { Parts = [.. before[^1].Parts, new PartRequest("text", "", "\n\n"), .. after[0].Parts] }, .. after.Skip(1)]
            : [.. before, .. after];
}
